package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import org.jspecify.annotations.Nullable;

/**
 * Poly-1: cross entropy or focal loss with another weight of the first term of its expansion.
 *
 * <pre>cross entropy:  -log p_t + epsilon (1 - p_t)
 * focal:          -(1 - p_t)^gamma log p_t + epsilon (1 - p_t)^(gamma + 1)</pre>
 *
 * <p>Leng et al., PolyLoss, ICLR 2022, arXiv:2204.12511, section 4 and appendix A. The cross
 * entropy takes logits (N, C) or (N, C, d1, ...) and whole labels (N) or (N, d1, ...); the focal
 * form takes logits and targets 0 or 1 of one shape.
 */
public abstract class PolyLoss extends ArrayLoss {

  final double epsilon;
  final @Nullable Integer ignoreIndex;
  final Reduction reduction;

  private PolyLoss(
      String name, double epsilon, @Nullable Integer ignoreIndex, Reduction reduction) {
    super(name);
    if (!(epsilon >= -1 && epsilon < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + ": epsilon must be -1 or more, but is " + epsilon);
    }
    this.epsilon = epsilon;
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction;
  }

  /**
   * The form of exclusive classes.
   *
   * @param epsilon -1 or more; 0 is cross entropy; the paper takes 1 or 2 for ImageNet
   * @param ignoreIndex the label of positions that have no loss and no gradient, or null
   * @param reduction how single losses are combined
   * @return the loss
   */
  public static PolyLoss crossEntropy(
      double epsilon, @Nullable Integer ignoreIndex, Reduction reduction) {
    return new CrossEntropy(epsilon, ignoreIndex, reduction);
  }

  /**
   * The form of independent decisions.
   *
   * @param epsilon -1 or more; 0 is the focal loss; the paper takes -1 for detection
   * @param gamma of the focal loss, 0 or more; the paper takes 2
   * @param ignoreIndex the target that stands for no target, or null
   * @param reduction how single losses are combined
   * @return the loss
   */
  public static PolyLoss focal(
      double epsilon, double gamma, @Nullable Integer ignoreIndex, Reduction reduction) {
    return new Focal(epsilon, gamma, ignoreIndex, reduction);
  }

  /** The loss of what is wrong with log-odds n. */
  final NDArray of(NDArray miss, double gamma) {
    NDArray power = Activation.sigmoid(miss).pow(constant(miss, gamma + 1));
    return FocalLoss.focal(miss, constant(miss, gamma)).add(power.mul(constant(miss, epsilon)));
  }

  private static final class CrossEntropy extends PolyLoss {

    CrossEntropy(double epsilon, @Nullable Integer ignoreIndex, Reduction reduction) {
      super("PolyCrossEntropyLoss", epsilon, ignoreIndex, reduction);
      reduction.exclusive(getName());
    }

    @Override
    NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
      Labels y = Labels.of(getName(), logits, labels, ignoreIndex, weights);
      return y.reduce(of(y.margin(y.hideIgnored(logits)).neg(), 0), reduction);
    }
  }

  private static final class Focal extends PolyLoss {

    private final double gamma;

    Focal(double epsilon, double gamma, @Nullable Integer ignoreIndex, Reduction reduction) {
      super("PolyFocalLoss", epsilon, ignoreIndex, reduction);
      if (!(gamma >= 0 && gamma < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "PolyFocalLoss: gamma must be 0 or more, but is " + gamma);
      }
      this.gamma = gamma;
    }

    @Override
    NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
      Targets targets =
          Targets.probabilities(getName(), logits, labels, ignoreIndex, weights)
              .requireHard(getName());
      NDArray t = targets.values();
      NDArray miss = targets.hideIgnored(logits).mul(t.mul(-2).addi(1));
      return targets.reduce(of(miss, gamma), reduction);
    }
  }
}
