package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * The soft Jaccard or IoU loss: one minus intersection over union of softmax probabilities p and
 * one-hot labels t, each class counted over the whole batch and all positions, then the mean over
 * the C classes.
 *
 * <pre>loss = 1 - 1 / C sum_c (sum p_c t_c + s) / (sum p_c + sum t_c - sum p_c t_c + s)</pre>
 *
 * <p>Rahman and Wang, Optimizing Intersection-Over-Union in Deep Neural Networks for Image
 * Segmentation, ISVC 2016, eq. 3 and 5. Takes logits (N, C) or (N, C, d1, ...) and whole labels (N)
 * or (N, d1, ...); gives a scalar in [0, 1).
 */
public final class JaccardLoss extends ArrayLoss {

  private final double smooth;
  private final @Nullable Integer ignoreIndex;

  /**
   * Creates a Jaccard loss.
   *
   * @param smooth s in the formula, above 0: it keeps a class that is nowhere from being 0 / 0; 1
   *     is usual
   * @param ignoreIndex the label of positions that are left out of all sums, or null
   */
  public JaccardLoss(double smooth, @Nullable Integer ignoreIndex) {
    super("JaccardLoss");
    this.smooth = Overlap.smooth("JaccardLoss", smooth);
    this.ignoreIndex = ignoreIndex;
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Overlap overlap =
        Overlap.of(Labels.of(getName(), logits, labels, ignoreIndex, weights), logits);
    NDArray s = constant(logits, smooth);
    NDArray both = overlap.both();
    NDArray union = overlap.predicted().add(overlap.labelled()).sub(both);
    return both.add(s).div(union.add(s)).mean().neg().add(1);
  }
}
