package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The distribution focal loss: a number y, such as the distance to a side of a box, is predicted as
 * a distribution over the whole numbers 0 to C - 1; the two next to y share its weight.
 *
 * <pre>DFL = -(i + 1 - y) log p_i - (y - i) log p_(i+1),   i = floor(y),   p = softmax(logits)
 * </pre>
 *
 * <p>Li et al., Generalized Focal Loss, NeurIPS 2020, arXiv:2006.04388, eq. 6. Takes logits (N, C)
 * or (N, C, d1, ...) and numbers (N) or (N, d1, ...) in [0, C - 1].
 */
public final class DistributionFocalLoss extends ArrayLoss {

  private final Reduction reduction;

  /**
   * Creates a distribution focal loss.
   *
   * @param reduction how single losses are combined
   */
  public DistributionFocalLoss(Reduction reduction) {
    super("DistributionFocalLoss");
    this.reduction = reduction.exclusive("DistributionFocalLoss");
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Shape positions = Labels.positions(getName(), logits);
    if (!labels.getShape().equals(positions)) {
      throw new IllegalArgumentException(
          getName()
              + ": logits "
              + logits.getShape()
              + " need numbers "
              + positions
              + ", not "
              + labels.getShape());
    }
    NDArray y = labels.toType(logits.getDataType(), false);
    if (weights != null) {
      NDArray all = weights(getName(), weights, positions, logits.getDataType());
      y = NDArrays.where(all.toType(DataType.BOOLEAN, false), y, constant(y, 0));
    }
    long last = logits.getShape().get(1) - 1;
    if (y.size() > 0 && !(number(y.min()) >= 0 && number(y.max()) <= last)) {
      throw new IllegalArgumentException(
          String.format(
              "%s: numbers must be in [0, %d], but reach from %s to %s",
              getName(), last, number(y.min()), number(y.max())));
    }
    NDArray left = y.floor().minimum(last - 1);
    Labels lower = Labels.of(getName(), logits, left, null, weights);
    NDArray minusLog = lower.hideIgnored(logits).logSoftmax(1).neg();
    NDArray share = y.sub(left); // of the upper neighbour
    NDArray upper = minusLog.gather(lower.classes().add(1), 1).squeeze(1).mul(share);
    NDArray loss =
        minusLog.gather(lower.classes(), 1).squeeze(1).mul(share.neg().add(1)).add(upper);
    return lower.reduce(loss, reduction);
  }
}
