package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * The smooth L1 loss of numbers x and targets t: a parabola up to a distance of beta, then a line.
 *
 * <pre>loss = (x - t)^2 / (2 beta) if |x - t| &lt; beta, else |x - t| - beta / 2</pre>
 *
 * <p>Girshick, Fast R-CNN, ICCV 2015, arXiv:1504.08083, eq. 3 (beta = 1). The values are those of
 * {@code torch.nn.SmoothL1Loss}. Takes predictions and targets of one shape, of any rank.
 */
public final class SmoothL1Loss extends ArrayLoss {

  private final double beta;
  private final Reduction reduction;

  /**
   * Creates a smooth L1 loss.
   *
   * @param beta where the parabola ends, 0 or more; 0 gives the L1 loss
   * @param reduction how single losses are combined
   */
  public SmoothL1Loss(double beta, Reduction reduction) {
    super("SmoothL1Loss");
    if (!(beta >= 0 && beta < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("SmoothL1Loss: beta must be 0 or more, but is " + beta);
    }
    if (reduction == Reduction.POSITIVES) {
      throw new IllegalArgumentException(
          "SmoothL1Loss: numbers have no positives to count; take MEAN, or SUM and divide");
    }
    this.beta = beta;
    this.reduction = reduction;
  }

  @Override
  NDArray compute(NDArray predictions, NDArray labels, @Nullable NDArray weights) {
    Targets t = Targets.of(getName(), predictions, labels, null, weights);
    NDArray distance = t.hideIgnored(predictions).sub(t.values()).abs();
    if (beta > 0) {
      // With m = min(|x - t|, beta), both branches are m (|x - t| - m / 2) / beta.
      NDArray m = distance.minimum(constant(distance, beta));
      NDArray rest = distance.sub(m.mul(constant(m, 0.5)));
      distance = m.mul(rest).mul(constant(m, 1 / beta));
    }
    return t.reduce(distance, reduction);
  }
}
