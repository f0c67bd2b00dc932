package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * Softmax cross entropy with class weights w, an ignore index and label smoothing s over C classes.
 *
 * <pre>loss = -(1 - s) w_y log p_y - s / C sum_c w_c log p_c,   p = softmax(logits)</pre>
 *
 * <p>Label smoothing: Szegedy et al., CVPR 2016, arXiv:1512.00567, section 7. The values are those
 * of {@code torch.nn.CrossEntropyLoss}, except that the mean over no position at all is 0, not NaN.
 * Takes logits (N, C) or (N, C, d1, ...) and whole labels (N) or (N, d1, ...).
 */
public final class CrossEntropyLoss extends ArrayLoss {

  private final @Nullable PerClass classWeights;
  private final @Nullable Integer ignoreIndex;
  private final double smoothing;
  private final Reduction reduction;

  /** Creates the plain cross entropy: no weights, nothing ignored, no smoothing, the mean. */
  public CrossEntropyLoss() {
    this(null, null, 0, Reduction.MEAN);
  }

  /**
   * Creates a cross entropy.
   *
   * @param classWeights the weight of each class, none negative, or null for 1
   * @param ignoreIndex the label of positions that have no loss and no gradient, or null; 255 is
   *     usual for maps
   * @param smoothing the share of the target that is spread evenly over all classes, in [0, 1]
   * @param reduction how single losses are combined; the mean divides by the sum of the weights of
   *     the labels that are not ignored
   */
  public CrossEntropyLoss(
      double @Nullable [] classWeights,
      @Nullable Integer ignoreIndex,
      double smoothing,
      Reduction reduction) {
    super("CrossEntropyLoss");
    if (!(smoothing >= 0 && smoothing <= 1)) {
      throw new IllegalArgumentException(
          "CrossEntropyLoss: smoothing must be in [0, 1], but is " + smoothing);
    }
    this.classWeights = PerClass.weights("CrossEntropyLoss", classWeights);
    this.ignoreIndex = ignoreIndex;
    this.smoothing = smoothing;
    this.reduction = reduction.exclusive("CrossEntropyLoss");
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Labels y = Labels.of(getName(), logits, labels, ignoreIndex, weights);
    NDArray minusLog = y.hideIgnored(logits).logSoftmax(1).neg();
    NDArray loss = minusLog.gather(y.classes(), 1).squeeze(1);
    NDArray all = y.weights(getName(), logits, classWeights);
    if (all != null) {
      loss = loss.mul(all);
    }
    if (smoothing > 0) {
      NDArray spread = spread(minusLog, y.counted());
      loss = loss.mul(constant(loss, 1 - smoothing)).add(spread);
    }
    return reduction.apply(loss, all);
  }

  /** s / C sum_c w_c (-log p_c). */
  private NDArray spread(NDArray minusLog, @Nullable NDArray counted) {
    double share = smoothing / minusLog.getShape().get(1);
    if (classWeights != null) {
      minusLog = minusLog.mul(classWeights.beside(getName(), minusLog));
    }
    NDArray sum = minusLog.sum(new int[] {1}).mul(constant(minusLog, share));
    return counted == null ? sum : sum.mul(counted);
  }
}
