package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/** How the losses of single positions become the loss of a batch. */
public enum Reduction {
  /** No reduction: one loss per position. */
  NONE,
  /** The weighted mean over the positions that count; 0 if none does. */
  MEAN,
  /** The sum over all positions. */
  SUM,
  /**
   * The sum, divided by the number of targets above 0, at least 1: with one-hot targets, the number
   * of anchors that have an object. Lin et al., arXiv:1708.02002, section 5.1. Only for losses that
   * take a target for every logit.
   */
  POSITIVES;

  /**
   * Reduces losses whose weights are already multiplied in.
   *
   * @param losses the loss of every position
   * @param weights what every position weighs, or null if each weighs 1
   */
  NDArray apply(NDArray losses, @Nullable NDArray weights) {
    return switch (this) {
      case NONE -> losses;
      case SUM -> losses.sum();
      case MEAN -> mean(losses.sum(), losses.size(), weights);
      case POSITIVES -> throw new IllegalStateException("POSITIVES was not refused");
    };
  }

  private static NDArray mean(NDArray sum, long size, @Nullable NDArray weights) {
    if (weights == null) {
      return sum.div(ArrayLoss.constant(sum, (double) Math.max(1, size)));
    }
    NDArray total = weights.sum();
    // 0 / 0 becomes 0 / 1: a batch in which every position is ignored has nothing to teach.
    return sum.div(total.add(total.eq(0).toType(total.getDataType(), false)));
  }

  /** This reduction, for a loss of exclusive classes: none of them is negative. */
  Reduction exclusive(String loss) {
    if (this == POSITIVES) {
      throw new IllegalArgumentException(
          loss + ": exclusive classes have no positives to count; take MEAN, or SUM and divide");
    }
    return this;
  }
}
