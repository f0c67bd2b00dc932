package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import org.jspecify.annotations.Nullable;

/**
 * The asymmetric loss for many labels per image: positives and negatives are focused differently,
 * and negatives below a probability of m are left out.
 *
 * <pre>loss = -t (1 - p)^gamma+ log p - (1 - t) p_m^gamma- log(1 - p_m),
 * p = sigmoid(logit),   p_m = max(p - m, 0)</pre>
 *
 * <p>Ridnik et al., ICCV 2021, arXiv:2009.14119, eq. 7. Takes logits and targets in [0, 1] of one
 * shape.
 */
public final class AsymmetricLoss extends ArrayLoss {

  private final double gammaNegative;
  private final double gammaPositive;
  private final double shift;
  private final @Nullable Integer ignoreIndex;
  private final Reduction reduction;

  /** Creates the loss as its authors use it: 4, 1, 0.05; the sum. */
  public AsymmetricLoss() {
    this(4, 1, 0.05, null, Reduction.SUM);
  }

  /**
   * Creates an asymmetric loss.
   *
   * @param gammaNegative gamma-, 0 or more; the paper takes 4
   * @param gammaPositive gamma+, 0 or more; the paper takes 0, its code 1
   * @param shift m, in [0, 1); the paper takes 0.05
   * @param ignoreIndex the target that stands for no target, or null
   * @param reduction how single losses are combined
   */
  public AsymmetricLoss(
      double gammaNegative,
      double gammaPositive,
      double shift,
      @Nullable Integer ignoreIndex,
      Reduction reduction) {
    super("AsymmetricLoss");
    if (!(gammaNegative >= 0 && gammaPositive >= 0 && gammaNegative + gammaPositive < 1e6)) {
      throw new IllegalArgumentException(
          "AsymmetricLoss: gammas must be 0 or more, but are "
              + gammaNegative
              + " and "
              + gammaPositive);
    }
    if (!(shift >= 0 && shift < 1)) {
      throw new IllegalArgumentException(
          "AsymmetricLoss: shift must be in [0, 1), but is " + shift);
    }
    this.gammaNegative = gammaNegative;
    this.gammaPositive = gammaPositive;
    this.shift = shift;
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Targets t = Targets.probabilities(getName(), logits, labels, ignoreIndex, weights);
    NDArray x = t.hideIgnored(logits);
    NDArray positive = FocalLoss.focal(x.neg(), constant(x, gammaPositive)).mul(t.values());
    NDArray ifZero = shift == 0 ? FocalLoss.focal(x, constant(x, gammaNegative)) : shifted(x);
    return t.reduce(ifZero.mul(t.values().neg().add(1)).add(positive), reduction);
  }

  /**
   * p_m^gamma- (-log(1 - p_m)): the logarithm ends at -log m, so that only the power needs care.
   */
  private NDArray shifted(NDArray logits) {
    NDArray x = logits.stopGradient();
    NDArray gamma = constant(x, gammaNegative);
    NDArray p = Activation.sigmoid(x);
    NDArray kept = p.gt(shift).toType(p.getDataType(), false);
    NDArray pm = p.sub(shift).muli(kept);
    NDArray rest = pm.neg().addi(1); // 1 - p_m, at least m
    NDArray minusLog = rest.log().negi();
    NDArray modulating = FocalLoss.power(pm, gamma);
    NDArray value = modulating.mul(minusLog);
    // dp_m/dx = p (1 - p) where kept; -log(1 - p_m) / p_m goes to 1, so no power below 0 is needed
    NDArray ratio = minusLog.divi(pm.add(pm.eq(0).toType(p.getDataType(), false)));
    NDArray slope = ratio.muli(gamma).addi(rest.pow(-1)).muli(modulating);
    slope.muli(kept).muli(p).muli(Activation.sigmoid(x.neg()));
    return differentiable(logits, value, slope);
  }
}
