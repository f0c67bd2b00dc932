package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;

/**
 * One target for every prediction.
 *
 * @param values of the shape and type of the predictions; 0 at positions that do not count
 * @param counted of the same shape: what a position weighs, 0 if ignored; null if each weighs 1
 * @param hard whether all values are known to be 0 or 1
 */
record Targets(NDArray values, @Nullable NDArray counted, boolean hard) {

  /**
   * Any numbers.
   *
   * @throws IllegalArgumentException if a shape does not fit
   */
  static Targets of(
      String loss,
      NDArray predictions,
      NDArray labels,
      @Nullable Integer ignoreIndex,
      @Nullable NDArray weights) {
    Shape shape = predictions.getShape();
    DataType type = predictions.getDataType();
    if (!labels.getShape().equals(shape)) {
      throw new IllegalArgumentException(
          loss
              + ": predictions "
              + shape
              + " need targets "
              + shape
              + ", not "
              + labels.getShape());
    }
    NDArray counted = weights == null ? null : ArrayLoss.weights(loss, weights, shape, type);
    if (ignoreIndex != null) {
      NDArray kept = labels.neq(ignoreIndex).toType(type, false);
      counted = counted == null ? kept : kept.mul(counted);
    }
    Targets targets = new Targets(labels.toType(type, false), counted, false);
    return new Targets(targets.hideIgnored(targets.values), counted, false);
  }

  /**
   * Numbers in [0, 1].
   *
   * @throws IllegalArgumentException if a shape or a value does not fit
   */
  static Targets probabilities(
      String loss,
      NDArray logits,
      NDArray labels,
      @Nullable Integer ignoreIndex,
      @Nullable NDArray weights) {
    Targets targets = of(loss, logits, labels, ignoreIndex, weights);
    try (NDArray squares = targets.values.square()) {
      if (squares.contentEquals(targets.values)) {
        return new Targets(targets.values, targets.counted, true);
      }
    }
    double min = ArrayLoss.number(targets.values.min());
    double max = ArrayLoss.number(targets.values.max());
    if (!(min >= 0 && max <= 1)) {
      throw new IllegalArgumentException(
          String.format("%s: targets must be in [0, 1], but reach from %s to %s", loss, min, max));
    }
    return targets;
  }

  /** These, if each is 0 or 1. */
  Targets requireHard(String loss) {
    if (!hard) {
      throw new IllegalArgumentException(loss + ": targets must be 0 or 1");
    }
    return this;
  }

  /** Predictions or targets with 0 at ignored positions, so that not even NaN does harm there. */
  NDArray hideIgnored(NDArray array) {
    return counted == null
        ? array
        : NDArrays.where(
            counted.toType(DataType.BOOLEAN, false), array, ArrayLoss.constant(array, 0));
  }

  /** Weighs and reduces one loss per target; the mean divides by the sum of what they weigh. */
  NDArray reduce(NDArray losses, Reduction reduction) {
    NDArray weighted = counted == null ? losses : losses.mul(counted);
    if (reduction != Reduction.POSITIVES) {
      return reduction.apply(weighted, counted);
    }
    NDArray positives = values.gt(0).toType(DataType.INT64, false).sum();
    return weighted
        .sum()
        .div(ArrayLoss.constant(weighted, (double) Math.max(1, positives.getLong())));
  }
}
