package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.Arrays;

/**
 * Another loss, computed after coarse logits were enlarged to the size of the labels: dense models
 * predict at a fraction of the input's resolution (SegFormer at a quarter), and labels must not be
 * shrunk. Put it around a {@link WeightedSumLoss} to enlarge once for all terms.
 */
public final class UpsampledLoss extends Loss {

  /** DJL's code for it; other codes than its own map to other filters. */
  private static final int BILINEAR = 1;

  private final Loss loss;

  /**
   * Creates the loss.
   *
   * @param loss the loss to compute at the size of the labels
   */
  public UpsampledLoss(Loss loss) {
    super(loss.getName());
    this.loss = loss;
  }

  /**
   * {@return the loss at the size of the labels}
   *
   * @param labels one array (N, H, W), or (N, C, H, W) for a loss that takes dense targets; then
   *     perhaps weights of that size
   * @param predictions one array of logits (N, C, h, w)
   * @throws IllegalArgumentException if the logits are no map, or larger than the labels
   */
  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    Shape size = labels.head().getShape();
    int rank = size.dimension();
    if (rank < 3) {
      throw new IllegalArgumentException(
          "UpsampledLoss: labels must be (N, H, W) or (N, C, H, W), but are " + size);
    }
    NDArray logits = predictions.singletonOrThrow();
    NDArray result;
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray sized = upsample(logits, size.get(rank - 2), size.get(rank - 1));
      result = loss.evaluate(labels, new NDList(sized));
      NDScope.unregister(result);
    }
    NDScope.register(result);
    return result;
  }

  /**
   * Enlarges maps bilinearly with half-pixel centres, as {@code torch.nn.functional.interpolate}
   * does without {@code align_corners}.
   *
   * @param maps (N, C, h, w)
   * @param height H, not below h
   * @param width W, not below w
   * @return (N, C, H, W); the argument itself if it has that size
   * @throws IllegalArgumentException if these are no maps, or larger ones
   */
  public static NDArray upsample(NDArray maps, long height, long width) {
    Shape shape = maps.getShape();
    if (shape.dimension() != 4) {
      throw new IllegalArgumentException("Maps must be (N, C, H, W), but are " + shape);
    }
    long[] from = {shape.get(2), shape.get(3)};
    long[] to = {height, width};
    if (Arrays.equals(from, to)) {
      return maps;
    }
    if (from[0] > to[0] || from[1] > to[1]) {
      throw new IllegalArgumentException(
          "Maps "
              + shape
              + " are larger than the labels' "
              + height
              + " x "
              + width
              + "; give labels at the size of the input");
    }
    return maps.getNDArrayInternal().interpolation(to, BILINEAR, false);
  }
}
