package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import org.jspecify.annotations.Nullable;

/**
 * The sigmoid cross entropy of logits x and targets t in [0, 1]: every logit is a decision of its
 * own.
 *
 * <pre>loss = -w_c t log p - (1 - t) log(1 - p),   p = sigmoid(x)</pre>
 *
 * <p>The values are those of {@code torch.nn.BCEWithLogitsLoss}. Takes logits (N, C, ...) and
 * targets of that shape, of any type.
 */
public final class BinaryCrossEntropyLoss extends ArrayLoss {

  private final @Nullable PerClass positiveWeights;
  private final @Nullable Integer ignoreIndex;
  private final Reduction reduction;

  /** Creates the plain form: no weights, nothing ignored, the mean. */
  public BinaryCrossEntropyLoss() {
    this(null, null, Reduction.MEAN);
  }

  /**
   * Creates a binary cross entropy.
   *
   * @param positiveWeights w in the formula: what the positive side of each class weighs, or of all
   *     classes, none negative; above 1 raises recall, below 1 precision; null for 1
   * @param ignoreIndex the target that stands for no target, or null
   * @param reduction how single losses are combined
   */
  public BinaryCrossEntropyLoss(
      double @Nullable [] positiveWeights, @Nullable Integer ignoreIndex, Reduction reduction) {
    super("BinaryCrossEntropyLoss");
    this.positiveWeights = PerClass.weights("BinaryCrossEntropyLoss", positiveWeights);
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Targets t = Targets.probabilities(getName(), logits, labels, ignoreIndex, weights);
    NDArray x = t.hideIgnored(logits);
    NDArray positive = t.values();
    if (positiveWeights != null) {
      positive = positive.mul(positiveWeights.beside(getName(), x));
    }
    return t.reduce(of(x, positive, t.values()), reduction);
  }

  /** Single losses; both terms are 0 or more, so that nothing cancels. */
  static NDArray of(NDArray x, NDArray positive, NDArray targets) {
    NDArray ifOne = Activation.softPlus(x.neg()).mul(positive); // -log p
    return Activation.softPlus(x).mul(targets.neg().add(1)).add(ifOne); // -log(1 - p)
  }
}
