package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import org.jspecify.annotations.Nullable;

/** The focal loss of independent decisions; see {@link FocalLoss#sigmoid}. */
final class SigmoidFocalLoss extends FocalLoss {

  SigmoidFocalLoss(Options options) {
    super("SigmoidFocalLoss", options, 1);
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Targets targets =
        Targets.probabilities(getName(), logits, labels, options.ignoreIndex(), weights);
    NDArray x = targets.hideIgnored(logits);
    NDArray t = targets.values();
    boolean hard = targets.hard();
    if (options.smoothing() > 0) {
      hard = false;
      t = t.mul(1 - options.smoothing()).addi(options.smoothing() / 2);
    }
    NDArray gamma = options.gamma().beside(getName(), x);
    NDArray sign = t.mul(-2).addi(1); // -y of the paper
    NDArray loss = hard ? ofMiss(x.mul(sign), gamma) : ofSoftTargets(x, t, gamma);
    if (options.alpha() != null) {
      NDArray alpha = options.alpha().beside(getName(), x);
      loss = loss.mul(sign.mul(alpha.neg().addi(0.5)).addi(0.5)); // 1 - alpha for 0, alpha for 1
    }
    return targets.reduce(loss, options.reduction());
  }

  /** (1 - p_t)^gamma (-t log p - (1 - t) log(1 - p)), 1 - p_t = (1 - t) p + t (1 - p). */
  private NDArray ofSoftTargets(NDArray logits, NDArray t, NDArray gamma) {
    if (options.starShift() != null) {
      throw new IllegalArgumentException(
          getName() + ": the star form needs targets that are 0 or 1, and no smoothing");
    }
    NDArray x = logits.stopGradient();
    NDArray rest = t.neg().addi(1); // 1 - t
    NDArray p = Activation.sigmoid(x);
    NDArray notP = Activation.sigmoid(x.neg()); // 1 - p, exact also where p rounds to 1
    NDArray falsePositive = rest.mul(p);
    NDArray falseNegative = t.mul(notP);
    NDArray wrong = falsePositive.add(falseNegative); // 1 - p_t
    NDArray modulating = power(wrong, gamma);
    NDArray crossEntropy = BinaryCrossEntropyLoss.of(x, t, t);
    NDArray value = modulating.mul(crossEntropy);
    // (1 - p_t)^(gamma - 1) is infinite at 1 - p_t = 0 for gamma below 1; what it meets is 0 there
    NDArray nonZero = wrong.add(wrong.eq(0).toType(wrong.getDataType(), false));
    NDArray slope = rest.sub(t).muli(p).muli(notP).divi(nonZero).muli(crossEntropy).muli(gamma);
    slope.addi(falsePositive).subi(falseNegative).muli(modulating);
    return differentiable(logits, value, slope);
  }
}
