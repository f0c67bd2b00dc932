package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * The soft Dice loss: one minus the overlap of softmax probabilities p with one-hot labels t, each
 * class counted over the whole batch and all positions, then the mean over the C classes.
 *
 * <pre>loss = 1 - 1 / C sum_c (2 sum p_c t_c + s) / (sum p_c + sum t_c + s)</pre>
 *
 * <p>Milletari et al., V-Net, 3DV 2016, arXiv:1606.04797, section 3, with plain instead of squared
 * sums in the denominator, as is usual for several classes. Takes logits (N, C) or (N, C, d1, ...)
 * and whole labels (N) or (N, d1, ...); gives a scalar in [0, 1).
 */
public final class DiceLoss extends ArrayLoss {

  private final double smooth;
  private final @Nullable Integer ignoreIndex;

  /**
   * Creates a Dice loss.
   *
   * @param smooth s in the formula, above 0: it keeps a class that is nowhere from being 0 / 0; 1
   *     is usual
   * @param ignoreIndex the label of positions that are left out of all sums, or null
   */
  public DiceLoss(double smooth, @Nullable Integer ignoreIndex) {
    super("DiceLoss");
    this.smooth = Overlap.smooth("DiceLoss", smooth);
    this.ignoreIndex = ignoreIndex;
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Overlap overlap =
        Overlap.of(Labels.of(getName(), logits, labels, ignoreIndex, weights), logits);
    NDArray s = constant(logits, smooth);
    NDArray both = overlap.both();
    NDArray all = overlap.predicted().add(overlap.labelled());
    return both.add(both).add(s).div(all.add(s)).mean().neg().add(1);
  }
}
