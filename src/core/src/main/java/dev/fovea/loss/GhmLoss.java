package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import org.jspecify.annotations.Nullable;

/**
 * GHM-C, the gradient harmonizing loss of classification: sigmoid cross entropy in which decisions
 * weigh the less, the more others have a gradient of about the same size.
 *
 * <pre>g = |p - t|, p = sigmoid(logit), in M bins of equal width
 * loss = N / (m count of g's bin) cross entropy;   m bins hold something, N decisions</pre>
 *
 * <p>Li et al., Gradient Harmonized Single-stage Detector, AAAI 2019, arXiv:1811.05181, eq. 8 to
 * 10, without its moving average, which would be state. Weights given beside the labels also
 * multiply the losses; decisions count in the bins if their weight is not 0. Takes logits and
 * targets in [0, 1] of one shape.
 */
public final class GhmLoss extends ArrayLoss {

  private final int bins;
  private final Reduction reduction;

  /**
   * Creates a gradient harmonizing loss.
   *
   * @param bins M, above 0; the paper takes 30, its code 10
   * @param reduction how single losses are combined
   */
  public GhmLoss(int bins, Reduction reduction) {
    super("GhmLoss");
    if (bins < 1) {
      throw new IllegalArgumentException("GhmLoss: bins must be above 0, but is " + bins);
    }
    this.bins = bins;
    this.reduction = reduction;
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Targets targets = Targets.probabilities(getName(), logits, labels, null, weights);
    NDArray x = targets.hideIgnored(logits);
    NDArray t = targets.values();
    NDArray bin =
        Activation.sigmoid(x.stopGradient()).subi(t).abs().muli(bins).floor().minimum(bins - 1);
    if (targets.counted() != null) {
      NDArray kept = targets.counted().neq(0).toType(x.getDataType(), false);
      bin = bin.addi(1).muli(kept).subi(1); // -1 is no bin
    }
    NDArray density = x.zerosLike();
    double total = 0;
    int filled = 0;
    for (int i = 0; i < bins; i++) {
      NDArray in = bin.eq(i);
      long count = in.countNonzero().getLong();
      if (count > 0) {
        density.addi(in.toType(x.getDataType(), false).muli(1.0 / count));
        total += count;
        filled++;
      }
    }
    density.muli(total / Math.max(1, filled));
    return targets.reduce(BinaryCrossEntropyLoss.of(x, t, t).mul(density), reduction);
  }
}
