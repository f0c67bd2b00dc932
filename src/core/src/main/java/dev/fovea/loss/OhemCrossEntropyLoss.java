package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import org.jspecify.annotations.Nullable;

/**
 * Softmax cross entropy with online hard example mining: the mean over the positions whose label
 * has a probability below a threshold, or over the hardest ones if these are too few.
 *
 * <p>Shrivastava et al., CVPR 2016, arXiv:1604.03540, for detection; for every pixel as in OCNet,
 * Yuan and Wang, arXiv:1809.00916, section 4.1, and MMSegmentation's {@code OHEMPixelSampler},
 * whose mean however counts the positions that are left out as 0. Takes logits (N, C) or (N, C, d1,
 * ...) and whole labels (N) or (N, d1, ...); gives a scalar.
 */
public final class OhemCrossEntropyLoss extends ArrayLoss {

  private final double threshold;
  private final long minKept;
  private final @Nullable Integer ignoreIndex;

  /**
   * Creates a mining cross entropy.
   *
   * @param threshold the probability of the label from which a position is easy, in (0, 1]; 0.7 is
   *     usual
   * @param minKept how many positions per sample are kept at least, on average over the batch, even
   *     if they are easy; 0 or more; 100,000 is usual for maps
   * @param ignoreIndex the label of positions that are never kept, or null
   */
  public OhemCrossEntropyLoss(double threshold, long minKept, @Nullable Integer ignoreIndex) {
    super("OhemCrossEntropyLoss");
    if (!(threshold > 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "OhemCrossEntropyLoss: threshold must be in (0, 1], but is " + threshold);
    }
    if (minKept < 0) {
      throw new IllegalArgumentException(
          "OhemCrossEntropyLoss: minKept must be 0 or more, but is " + minKept);
    }
    this.threshold = threshold;
    this.minKept = minKept;
    this.ignoreIndex = ignoreIndex;
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Labels y = Labels.of(getName(), logits, labels, ignoreIndex, weights);
    NDArray minusLog = y.hideIgnored(logits).logSoftmax(1).neg();
    NDArray loss = minusLog.gather(y.classes(), 1).squeeze(1);
    NDArray weight = y.counted() == null ? loss.onesLike() : y.counted();
    NDArray hardness = NDArrays.where(weight.neq(0), loss.stopGradient(), constant(loss, -1));
    NDArray kept = hardness.gt(-Math.log(threshold));
    long valid = weight.countNonzero().getLong();
    long least = Math.min(Math.min(minKept, valid) * logits.getShape().get(0), valid);
    if (least > 0) {
      NDArray rising = hardness.flatten().sort(0);
      kept = kept.logicalOr(hardness.gte(rising.get(rising.size() - least)));
    }
    weight = kept.toType(loss.getDataType(), false).mul(weight);
    return Reduction.MEAN.apply(loss.mul(weight), weight);
  }
}
