package dev.fovea;

import ai.djl.repository.Repository;
import ai.djl.repository.RepositoryFactory;
import java.net.URI;
import java.util.Set;

/**
 * Makes addresses of published weights known to DJL's {@code Criteria.optModelUrls}: {@code
 * hf://owner/name[@revision]}, and {@code fovea://} with a name of the catalogue.
 */
public final class FoveaRepositoryFactory implements RepositoryFactory {

  private static final String CATALOGUE = "fovea";

  /** Creates a factory; DJL does it, as a service. */
  public FoveaRepositoryFactory() {}

  @Override
  public Repository newInstance(String name, URI uri) {
    String source = uri.toString();
    String prefix = CATALOGUE + "://";
    boolean named = source.startsWith(prefix);
    return new FoveaRepository(named ? source.substring(prefix.length()) : source, uri);
  }

  @Override
  public Set<String> getSupportedScheme() {
    return Set.of("hf", CATALOGUE);
  }
}
