package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import org.jspecify.annotations.Nullable;

/**
 * The quality focal loss: targets t are not only 0 or 1, but how good a detection is, such as its
 * IoU.
 *
 * <pre>QFL = |t - p|^beta (-t log p - (1 - t) log(1 - p)),   p = sigmoid(logit)</pre>
 *
 * <p>Li et al., Generalized Focal Loss, NeurIPS 2020, arXiv:2006.04388, eq. 3. Takes logits and
 * targets in [0, 1] of one shape.
 */
public final class QualityFocalLoss extends ArrayLoss {

  private final double beta;
  private final Reduction reduction;

  /**
   * Creates a quality focal loss.
   *
   * @param beta how strongly good estimates are played down, 1 or more: below, the gradient is
   *     infinite at p = t; the paper takes 2
   * @param reduction how single losses are combined
   */
  public QualityFocalLoss(double beta, Reduction reduction) {
    super("QualityFocalLoss");
    if (!(beta >= 1 && beta < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "QualityFocalLoss: beta must be 1 or more, but is " + beta);
    }
    this.beta = beta;
    this.reduction = reduction;
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Targets targets = Targets.probabilities(getName(), logits, labels, null, weights);
    NDArray x = targets.hideIgnored(logits);
    NDArray t = targets.values();
    // t - p = t (1 - p) - (1 - t) p keeps its digits where p rounds to 1
    NDArray missed = Activation.sigmoid(x.neg()).mul(t);
    NDArray claimed = Activation.sigmoid(x).mul(t.neg().add(1));
    NDArray modulating = missed.sub(claimed).abs().pow(constant(x, beta));
    return targets.reduce(BinaryCrossEntropyLoss.of(x, t, t).mul(modulating), reduction);
  }
}
