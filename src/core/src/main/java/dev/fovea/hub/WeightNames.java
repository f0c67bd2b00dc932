package dev.fovea.hub;

import dev.fovea.backbone.Family;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.backbone.Registry;
import dev.fovea.weights.Checkpoint;
import dev.fovea.weights.StateDict;
import dev.fovea.weights.TensorInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Tells by names and shapes of tensors which network they are of, and in which naming. */
final class WeightNames {

  private WeightNames() {}

  /** A network that all tensors fit, strictly. */
  static Blueprint<?> recognize(Registry registry, Checkpoint file, LoadOptions options)
      throws IOException {
    Set<String> presets =
        options.preset().isPresent() ? Set.of(options.preset().get()) : registry.names();
    List<Blueprint<?>> found = new ArrayList<>();
    for (String preset : presets) {
      found.addAll(fitting(registry.family(preset), preset, file, options));
    }
    if (found.isEmpty()) {
      throw new IOException(
          file.source()
              + ": its "
              + file.tensors().size()
              + " tensors are not those of "
              + options.preset().orElse("any preset")
              + " in "
              + options.dialect().map(d -> "dialect " + d).orElse("any dialect")
              + ". Put its config.json beside it and open the folder, or load it into a block with"
              + " StateDict, which lists what differs");
    }
    return found.get(0);
  }

  private static <C extends ModelConfig<C>> List<Blueprint<C>> fitting(
      Family<C> family, String preset, Checkpoint file, LoadOptions options) {
    List<Blueprint<C>> found = new ArrayList<>();
    C sizes = family.preset(preset).orElseThrow();
    for (Family.Published<C> naming : family.published()) {
      String dialect = naming.dialect().name();
      if (options.dialect().map(dialect::equals).orElse(true)) {
        fitting(naming, sizes, file)
            .ifPresent(
                config ->
                    found.add(
                        new Blueprint<>(
                            family, naming.dialect(), config, Optional.empty(), List.of())));
      }
    }
    return found;
  }

  /** The sizes with the head and the images of the file, if all else fits. */
  private static <C extends ModelConfig<C>> Optional<C> fitting(
      Family.Published<C> naming, C sizes, Checkpoint file) {
    Map<String, TensorInfo> own;
    try {
      own = naming.dialect().toOwn(file).tensors();
    } catch (IOException e) {
      return Optional.empty(); // a rule does not fit: another naming
    }
    C config = naming.numerics().apply(sizes);
    Map<String, TensorInfo> tensors = StateDict.of(config.build()).tensors();
    if (fits(tensors, own)) {
      return Optional.of(config);
    }
    for (int classes : heads(config, tensors, own)) {
      Optional<C> other =
          withClasses(config, classes).filter(c -> fits(StateDict.of(c.build()).tensors(), own));
      if (other.isPresent()) {
        return other;
      }
    }
    return Optional.empty();
  }

  private static <C extends ModelConfig<C>> Optional<C> withClasses(C config, int classes) {
    try {
      return Optional.of(config.withClasses(classes));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // no network of this family has such a head
    }
  }

  /** Rows of tensors that have as many as there are classes, where the file has other rows. */
  private static Set<Integer> heads(
      ModelConfig<?> config, Map<String, TensorInfo> tensors, Map<String, TensorInfo> own) {
    Set<Integer> classes = new TreeSet<>();
    tensors.forEach(
        (path, info) -> {
          TensorInfo given = own.get(path);
          if (given == null) {
            classes.add(0);
          } else if (!given.shape().equals(info.shape())
              && info.shape().get(0) == config.classes()
              && given.shape().dimension() == info.shape().dimension()) {
            classes.add((int) given.shape().get(0));
          }
        });
    return classes;
  }

  private static boolean fits(Map<String, TensorInfo> tensors, Map<String, TensorInfo> own) {
    boolean all =
        tensors.entrySet().stream()
            .allMatch(
                t -> {
                  TensorInfo given = own.get(t.getKey());
                  return given != null && given.shape().equals(t.getValue().shape());
                });
    return all
        && own.entrySet().stream()
            .allMatch(t -> tensors.containsKey(t.getKey()) || t.getValue().dataType().isInteger());
  }
}
