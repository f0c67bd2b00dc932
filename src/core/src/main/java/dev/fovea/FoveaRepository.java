package dev.fovea;

import ai.djl.repository.AbstractRepository;
import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.repository.Metadata;
import ai.djl.repository.zoo.DefaultModelZoo;
import ai.djl.util.Progress;
import dev.fovea.hub.HubOptions;
import dev.fovea.image.ModelTranslatorFactory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One model, as DJL sees a repository; the files are fetched when its network is made. */
final class FoveaRepository extends AbstractRepository {

  private final String source;

  FoveaRepository(String source, URI uri) {
    super(source, uri);
    this.source = source;
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public Metadata locate(MRL mrl) {
    Artifact artifact = new Artifact();
    artifact.setName(source);
    artifact.setFiles(Map.of());
    // DJL adds what the caller asks for to these maps.
    Map<String, Object> arguments = new HashMap<>();
    arguments.put("blockFactory", new FoveaBlockFactory(source));
    arguments.put("translatorFactory", ModelTranslatorFactory.class.getName());
    artifact.setArguments(arguments);
    artifact.setOptions(new HashMap<>(Map.of("hasParameter", "false")));
    Metadata metadata = new Metadata.MatchAllMetadata();
    metadata.setArtifactId(source);
    metadata.setArtifacts(List.of(artifact));
    return metadata;
  }

  @Override
  public Artifact resolve(MRL mrl, Map<String, String> filter) {
    return locate(mrl).getArtifacts().get(0);
  }

  @Override
  public void prepare(Artifact artifact, @Nullable Progress progress) {}

  @Override
  public Path getResourceDirectory(Artifact artifact) throws IOException {
    // A folder of ours: DJL reads serving.properties of it, which no publisher may bring.
    return Files.createDirectories(HubOptions.fromEnvironment().cache().resolve("djl"));
  }

  @Override
  public List<MRL> getResources() {
    return List.of(MRL.undefined(this, DefaultModelZoo.GROUP_ID, source));
  }
}
