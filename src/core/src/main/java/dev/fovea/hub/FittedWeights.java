package dev.fovea.hub;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.backbone.VaryingParameters;
import dev.fovea.image.Preprocess;
import dev.fovea.nn.Layer;
import dev.fovea.weights.Checkpoint;
import dev.fovea.weights.Dialect;
import dev.fovea.weights.PositionInterpolation;
import dev.fovea.weights.StateDict;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Loads weights into the network that they are of, or into one for another use. */
final class FittedWeights {
  private static final int COLOURS = 3;

  /** Those whose code antialiases when it fits a table of positions. */
  private static final Set<String> ANTIALIASING = Set.of("timm", "fovea");

  private FittedWeights() {}

  /**
   * Gives a model its network and loads its weights, strictly, all of them but those that options
   * ask to be others.
   *
   * @param planned the network that the file is of
   * @param file tensors as the file names them
   * @param options what is wanted other than the file has it
   * @param model a DJL model without a network; closed if this fails
   * @return the same model
   * @throws IOException if the weights are not those of the network
   * @throws IllegalArgumentException if there is no such network as the options ask for
   */
  static <C extends ModelConfig<C>> Model load(
      Blueprint<C> planned, Checkpoint file, LoadOptions options, Model model) throws IOException {
    try {
      Blueprint<C> wanted = wanted(planned, options);
      C config = wanted.config();
      wanted.put(model);
      NDManager manager = model.getNDManager();
      StateDict target = StateDict.of(model.getBlock());
      Checkpoint own = fit(planned.naming(), config, file, target, options);
      boolean sameHead = config.classes() == planned.config().classes();
      Set<String> anew = sameHead ? Set.of() : anew(planned.config().varying(), target, own);
      target.load(own, manager, anew);
      if (!anew.isEmpty()) {
        ((Layer) model.getBlock()).initialize(manager); // nothing else is without values
      }
      return model;
    } catch (IOException | RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  private static <C extends ModelConfig<C>> Blueprint<C> wanted(
      Blueprint<C> planned, LoadOptions options) {
    C wanted = planned.config();
    Optional<Preprocess> images = planned.preprocess();
    if (options.classes().isPresent()) {
      wanted = wanted.withClasses(options.classes().getAsInt());
    }
    if (options.inputChannels().isPresent()) {
      wanted = wanted.withInputChannels(options.inputChannels().getAsInt());
    }
    if (options.imageSize().isPresent()) {
      int side = options.imageSize().getAsInt();
      wanted = wanted.withImageSize(side);
      images = images.map(p -> ImageSide.fit(p, side));
    }
    if (wanted.inputChannels() != COLOURS) {
      images = Optional.empty(); // it makes colour images
    }
    boolean sameClasses = wanted.classes() == planned.config().classes();
    return new Blueprint<>(
        planned.family(),
        planned.naming(),
        wanted,
        images,
        sameClasses ? planned.labels() : List.of());
  }

  private static Checkpoint fit(
      Dialect naming,
      ModelConfig<?> wanted,
      Checkpoint file,
      Checkpoint target,
      LoadOptions options)
      throws IOException {
    VaryingParameters varying = wanted.varying();
    Checkpoint own = naming.toOwn(file);
    Checkpoint fitted = wanted.classes() == 0 ? varying.headless(own) : own;
    if (options.inputChannels().isPresent()) {
      fitted = varying.fitInput(fitted, target);
    }
    if (options.imageSize().isPresent()) {
      boolean antialiased = ANTIALIASING.contains(naming.name());
      fitted =
          varying.fitPositions(
              fitted,
              target,
              antialiased ? PositionInterpolation.ANTIALIASED : PositionInterpolation.PLAIN);
    }
    return fitted;
  }

  /** The parameters of another head than the file's; of no head, none. */
  private static Set<String> anew(VaryingParameters varying, Checkpoint target, Checkpoint own) {
    Set<String> head = varying.head();
    Set<String> top = varying.top();
    Set<String> paths = new HashSet<>();
    for (String path : target.tensors().keySet()) {
      if (isUnder(path, head) || (isUnder(path, top) && !own.tensors().containsKey(path))) {
        paths.add(path);
      }
    }
    if (!paths.isEmpty()) { // the file's own head is left out, whatever it consists of
      own.tensors().keySet().stream().filter(p -> isUnder(p, head)).forEach(paths::add);
    }
    return paths;
  }

  private static boolean isUnder(String path, Set<String> prefixes) {
    return prefixes.stream().anyMatch(p -> path.equals(p) || path.startsWith(p + "."));
  }
}
