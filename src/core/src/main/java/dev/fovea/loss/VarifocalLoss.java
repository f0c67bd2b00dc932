package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * The varifocal loss: targets t above 0 say how good a detection is, such as its IoU, and weigh as
 * much; only negatives are played down.
 *
 * <pre>VFL = t (-t log p - (1 - t) log(1 - p))   for t above 0
 *       -alpha p^gamma log(1 - p)          for t = 0,   p = sigmoid(logit)</pre>
 *
 * <p>Zhang et al., VarifocalNet, CVPR 2021, arXiv:2008.13367, eq. 2. Takes logits and targets in
 * [0, 1] of one shape.
 */
public final class VarifocalLoss extends ArrayLoss {

  private final double alpha;
  private final double gamma;
  private final Reduction reduction;

  /**
   * Creates a varifocal loss.
   *
   * @param alpha what negatives weigh, 0 or more; the paper takes 0.75
   * @param gamma how strongly easy negatives are played down, 0 or more; the paper takes 2
   * @param reduction how single losses are combined
   */
  public VarifocalLoss(double alpha, double gamma, Reduction reduction) {
    super("VarifocalLoss");
    if (!(alpha >= 0 && gamma >= 0 && alpha + gamma < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "VarifocalLoss: alpha and gamma must be 0 or more, but are " + alpha + " and " + gamma);
    }
    this.alpha = alpha;
    this.gamma = gamma;
    this.reduction = reduction;
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Targets targets = Targets.probabilities(getName(), logits, labels, null, weights);
    NDArray x = targets.hideIgnored(logits);
    NDArray t = targets.values();
    NDArray negative = t.eq(0).toType(t.getDataType(), false).muli(constant(t, alpha));
    NDArray ofNegatives = FocalLoss.focal(x, constant(x, gamma)).mul(negative);
    return targets.reduce(BinaryCrossEntropyLoss.of(x, t, t).mul(t).add(ofNegatives), reduction);
  }
}
