package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Class labels that fit their logits.
 *
 * @param classes (N, 1, d1, ...) int64; 0 at positions that do not count
 * @param counted (N, d1, ...) of the logits' type: what a position weighs, 0 if ignored; null if
 *     each weighs 1
 */
record Labels(NDArray classes, @Nullable NDArray counted) {

  /**
   * Checks labels (N, d1, ...) against logits (N, C, d1, ...).
   *
   * @throws IllegalArgumentException if a shape or a value does not fit
   */
  static Labels of(
      String loss,
      NDArray logits,
      NDArray labels,
      @Nullable Integer ignoreIndex,
      @Nullable NDArray weights) {
    Shape positions = positions(loss, logits);
    if (!labels.getShape().equals(positions)) {
      throw new IllegalArgumentException(
          loss
              + ": logits "
              + logits.getShape()
              + " need labels "
              + positions
              + ", not "
              + labels.getShape());
    }
    NDArray counted =
        weights == null ? null : ArrayLoss.weights(loss, weights, positions, logits.getDataType());
    NDArray whole = labels.toType(DataType.INT64, false);
    if (ignoreIndex != null) {
      NDArray kept = whole.neq((long) ignoreIndex).toType(logits.getDataType(), false);
      counted = counted == null ? kept : kept.mul(counted);
    }
    if (counted != null) {
      whole = whole.mul(counted.neq(0));
    }
    checkWhole(loss, labels, whole, counted);
    checkRange(
        loss,
        whole,
        logits.getShape().get(1),
        ignoreIndex == null ? "" : " or the ignore index " + ignoreIndex);
    return new Labels(whole.expandDims(1), counted);
  }

  /** The shape (N, d1, ...) of the positions of logits (N, C, d1, ...). */
  static Shape positions(String loss, NDArray logits) {
    Shape shape = logits.getShape();
    if (shape.dimension() < 2 || shape.get(1) < 2) {
      throw new IllegalArgumentException(
          loss + ": logits must be (N, C, ...) with at least 2 classes, but are " + shape);
    }
    return new Shape(shape.get(0)).addAll(shape.slice(2));
  }

  private static void checkWhole(
      String loss, NDArray labels, NDArray whole, @Nullable NDArray counted) {
    if (labels.getDataType().isFloating()) {
      NDArray differs = whole.toType(labels.getDataType(), false).neq(labels);
      if (counted != null) {
        differs = differs.logicalAnd(counted.neq(0));
      }
      if (differs.any().getBoolean()) {
        throw new IllegalArgumentException(loss + ": labels must be whole numbers");
      }
    }
  }

  private static void checkRange(String loss, NDArray classes, long count, String otherwise) {
    if (classes.size() > 0) {
      long min = classes.min().getLong();
      long max = classes.max().getLong();
      if (min < 0 || max >= count) {
        throw new IllegalArgumentException(
            String.format(
                "%s: label %d is not a class; labels must be 0 to %d%s",
                loss, min < 0 ? min : max, count - 1, otherwise));
      }
    }
  }

  /** The logits with 0 at ignored positions, so that not even infinities there can do harm. */
  NDArray hideIgnored(NDArray logits) {
    if (counted == null) {
      return logits;
    }
    NDArray everywhere = counted.expandDims(1).toType(DataType.BOOLEAN, false);
    return NDArrays.where(
        everywhere.broadcast(logits.getShape()), logits, ArrayLoss.constant(logits, 0));
  }

  /** (N, C, d1, ...) of the logits' type: 1 at the label's class, also at ignored positions. */
  NDArray oneHot(NDArray logits) {
    NDArray one = ArrayLoss.constant(logits, 1).broadcast(classes.getShape());
    return logits.zerosLike().scatter(classes, one, 1);
  }

  /**
   * The log-odds of the label's class: its logit less the log of the sum of the others' exponents.
   *
   * @return (N, d1, ...)
   */
  NDArray margin(NDArray logits) {
    NDArray nothing = ArrayLoss.constant(logits, Double.NEGATIVE_INFINITY);
    NDArray others = logits.scatter(classes, nothing.broadcast(classes.getShape()), 1);
    NDArray max = others.max(new int[] {1}, true).stopGradient();
    NDArray logSum = others.sub(max).exp().sum(new int[] {1}, true).log().add(max);
    return logits.gather(classes, 1).sub(logSum).squeeze(1);
  }

  /**
   * What every position weighs.
   *
   * @param byClass the weight of each class, or null for 1
   * @return (N, d1, ...): the weight of the label's class, 0 where ignored; null if all weigh 1
   */
  @Nullable NDArray weights(String loss, NDArray logits, @Nullable PerClass byClass) {
    if (byClass == null) {
      return counted;
    }
    NDArray own = byClass.beside(loss, logits).broadcast(logits.getShape()).gather(classes, 1);
    return counted == null ? own.squeeze(1) : own.squeeze(1).mul(counted);
  }

  /** Weighs and reduces one loss per position; the mean divides by the sum of what they weigh. */
  NDArray reduce(NDArray losses, Reduction reduction) {
    return reduction.apply(counted == null ? losses : losses.mul(counted), counted);
  }
}
