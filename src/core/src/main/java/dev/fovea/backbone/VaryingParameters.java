package dev.fovea.backbone;

import dev.fovea.weights.Adapt;
import dev.fovea.weights.Checkpoint;
import dev.fovea.weights.PositionInterpolation;
import dev.fovea.weights.TensorInfo;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The parameters of a network whose shapes follow from what it is used for, not from its size. They
 * are what {@link Adapt} must change before weights of one use load into a network for another.
 *
 * <pre>{@code
 * StateDict target = StateDict.of(network);             // of config
 * Checkpoint own = config.varying().fitInput(dialect.toOwn(file), target);
 * own = config.varying().fitPositions(own, target, PositionInterpolation.ANTIALIASED);
 * target.load(own, manager, config.varying().head());   // without the last argument: the same head
 * }</pre>
 *
 * @param head what follows from the number of classes: paths, or beginnings of paths that end at a
 *     dot; to be skipped when another head is wanted
 * @param top what a network without a head lacks: the head, and the norm before it if the features
 *     do not pass it
 * @param input kernels, (O, channels, h, w), that see the image
 * @param positions tables of positions by path, with the number of rows before those of the patches
 */
public record VaryingParameters(
    Set<String> head, Set<String> top, Set<String> input, Map<String, Integer> positions) {

  /** Of a network that tells nothing. */
  public static final VaryingParameters NONE =
      new VaryingParameters(Set.of(), Set.of(), Set.of(), Map.of());

  /** {@inheritDoc} */
  public VaryingParameters {
    head = Set.copyOf(head);
    top = Set.copyOf(top);
    input = Set.copyOf(input);
    positions = Map.copyOf(positions);
  }

  /**
   * Returns the same parameters of a network that is part of a larger one.
   *
   * @param prefix what stands before the paths, such as {@code "segformer."}
   * @return longer paths
   */
  public VaryingParameters under(String prefix) {
    Map<String, Integer> tables = new LinkedHashMap<>();
    positions.forEach((path, rows) -> tables.put(prefix + path, rows));
    return new VaryingParameters(
        under(prefix, head), under(prefix, top), under(prefix, input), tables);
  }

  private static Set<String> under(String prefix, Set<String> paths) {
    return paths.stream().map(path -> prefix + path).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Returns the same parameters with another head.
   *
   * @param head paths of the head
   * @return a changed copy
   */
  public VaryingParameters withHead(Set<String> head) {
    return new VaryingParameters(head, head, input, positions);
  }

  /**
   * Leaves out what a network without a head lacks.
   *
   * @param own weights with the library's own names, with a head or without
   * @return a view of the weights, for a network of 0 classes
   */
  public Checkpoint headless(Checkpoint own) {
    Set<String> paths = own.tensors().keySet();
    Set<String> present =
        top.stream()
            .filter(t -> paths.stream().anyMatch(p -> p.equals(t) || p.startsWith(t + ".")))
            .collect(Collectors.toUnmodifiableSet());
    return present.isEmpty() ? own : Adapt.without(own, present);
  }

  /**
   * Fits the first kernels to the images of a network, by {@link Adapt#inputChannels}.
   *
   * @param own weights with the library's own names
   * @param target the parameters of the network, such as {@link dev.fovea.weights.StateDict} gives
   *     them
   * @return a view of the weights; the weights themselves where the channels agree
   * @throws IllegalArgumentException if a kernel is absent or not one for colour images
   */
  public Checkpoint fitInput(Checkpoint own, Checkpoint target) {
    Checkpoint fitted = own;
    for (String path : input) {
      TensorInfo wanted = wanted(target, path);
      fitted = Adapt.inputChannels(fitted, path, Math.toIntExact(wanted.shape().get(1)));
    }
    return fitted;
  }

  /**
   * Fits the tables of positions to the images of a network, by {@link Adapt#positions}.
   *
   * @param own weights with the library's own names
   * @param target the parameters of the network, such as {@link dev.fovea.weights.StateDict} gives
   *     them
   * @param interpolation how
   * @return a view of the weights; the weights themselves where the sizes agree
   * @throws IllegalArgumentException if a table is absent or not one of a square image
   */
  public Checkpoint fitPositions(
      Checkpoint own, Checkpoint target, PositionInterpolation interpolation) {
    Checkpoint fitted = own;
    for (Map.Entry<String, Integer> table : positions.entrySet()) {
      int prefix = table.getValue();
      long patches = wanted(target, table.getKey()).shape().get(1) - prefix;
      int grid = (int) Math.round(Math.sqrt((double) patches));
      fitted = Adapt.positions(fitted, table.getKey(), prefix, grid, interpolation);
    }
    return fitted;
  }

  private static TensorInfo wanted(Checkpoint target, String path) {
    TensorInfo info = target.tensors().get(path);
    if (info == null) {
      throw new IllegalArgumentException(target.source() + " has no parameter '" + path + "'");
    }
    return info;
  }
}
