package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * The Tversky loss: a Dice loss in which false positives and false negatives have weights of their
 * own, with softmax probabilities p and one-hot labels t, each class counted over the whole batch
 * and all positions; and its focal form, which turns towards the classes that overlap least.
 *
 * <pre>TI_c = (TP + s) / (TP + alpha FP + beta FN + s)
 * TP = sum p_c t_c,   FP = sum p_c (1 - t_c),   FN = sum (1 - p_c) t_c
 * loss = 1 / C sum_c (1 - TI_c)^g</pre>
 *
 * <p>Salehi et al., MLMI 2017, arXiv:1706.05721, eq. 3 and 4 (g = 1); Abraham and Khan, ISBI 2019,
 * arXiv:1810.07842, eq. 4, where g is written 1 / gamma. Alpha = beta = 1/2 is Dice with s doubled,
 * alpha = beta = 1 is Jaccard. Takes logits (N, C) or (N, C, d1, ...) and whole labels (N) or (N,
 * d1, ...); gives a scalar in [0, 1).
 */
public final class TverskyLoss extends ArrayLoss {

  /** Below this, (1 - TI)^g is continued as a line: with g below 1, its slope at 0 is infinite. */
  private static final double FLATTEST = 1e-7;

  private final double alpha;
  private final double beta;
  private final double smooth;
  private final double exponent;
  private final @Nullable Integer ignoreIndex;

  /**
   * Creates a Tversky loss.
   *
   * @param alpha the weight of false positives, 0 or more; 0.3 is usual
   * @param beta the weight of false negatives, 0 or more; 0.7 is usual
   * @param smooth s in the formula, above 0; 1 is usual
   * @param ignoreIndex the label of positions that are left out of all sums, or null
   */
  public TverskyLoss(double alpha, double beta, double smooth, @Nullable Integer ignoreIndex) {
    this("TverskyLoss", alpha, beta, smooth, 1, ignoreIndex);
  }

  private TverskyLoss(
      String name,
      double alpha,
      double beta,
      double smooth,
      double exponent,
      @Nullable Integer ignoreIndex) {
    super(name);
    this.alpha = weight(name, "alpha", alpha);
    this.beta = weight(name, "beta", beta);
    this.smooth = Overlap.smooth(name, smooth);
    if (!(exponent > 0 && exponent < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + ": exponent must be above 0, but is " + exponent);
    }
    this.exponent = exponent;
    this.ignoreIndex = ignoreIndex;
  }

  /**
   * The focal form. The power is taken of each class, as in the paper; elsewhere it is taken of the
   * mean over the classes.
   *
   * @param alpha the weight of false positives, 0 or more; the paper takes 0.3
   * @param beta the weight of false negatives, 0 or more; the paper takes 0.7
   * @param smooth s in the formula, above 0; 1 is usual
   * @param exponent g in the formula, above 0; the paper takes 3/4
   * @param ignoreIndex the label of positions that are left out of all sums, or null
   * @return the loss
   */
  public static TverskyLoss focal(
      double alpha, double beta, double smooth, double exponent, @Nullable Integer ignoreIndex) {
    return new TverskyLoss("FocalTverskyLoss", alpha, beta, smooth, exponent, ignoreIndex);
  }

  private static double weight(String name, String which, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          name + ": " + which + " must be 0 or more, but is " + value);
    }
    return value;
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Overlap overlap =
        Overlap.of(Labels.of(getName(), logits, labels, ignoreIndex, weights), logits);
    NDArray both = overlap.both();
    NDArray wrong =
        overlap
            .predicted()
            .sub(both)
            .mul(constant(logits, alpha))
            .add(overlap.labelled().sub(both).mul(constant(logits, beta)));
    NDArray missing = wrong.div(both.add(wrong).add(constant(logits, smooth))); // 1 - TI
    if (exponent != 1) {
      NDArray steep = missing.maximum(constant(logits, FLATTEST));
      missing = missing.mul(steep.pow(constant(logits, exponent - 1)));
    }
    return missing.mean();
  }
}
