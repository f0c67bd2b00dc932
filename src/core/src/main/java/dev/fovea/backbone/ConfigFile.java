package dev.fovea.backbone;

import java.io.IOException;
import java.util.Optional;

/**
 * How one code base describes a network beside its weights, in a {@code config.json}.
 *
 * @param <C> the configuration that a description becomes
 */
@FunctionalInterface
public interface ConfigFile<C> {

  /**
   * Reads a description.
   *
   * @param file the fields of the file
   * @return every size of the network, or empty if the file describes one of another family or code
   *     base
   * @throws IOException if the network is of this family, but asks for something that is not
   *     supported; names the file, the field and its value
   */
  Optional<C> read(ConfigFields file) throws IOException;
}
