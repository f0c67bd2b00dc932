package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The seesaw loss for long-tailed classes: softmax cross entropy in which a frequent class punishes
 * a rare one less, unless it is mistaken for it.
 *
 * <pre>loss = -log(e^z_y / (sum_(j != y) S_yj e^z_j + e^z_y)),   S_ij = M_ij C_ij
 * M_ij = min(1, N_j / N_i)^p,   C_ij = max(1, sigma_j / sigma_i)^q without gradient</pre>
 *
 * <p>Wang et al., CVPR 2021, arXiv:2008.10032, eq. 3 to 7. The counts N are those of the training
 * data, rather than accumulated while training, which would be state. Takes logits (N, C) or (N, C,
 * d1, ...) and whole labels (N) or (N, d1, ...).
 */
public final class SeesawLoss extends ArrayLoss {

  private static final double SMALLEST = 1e-2; // of sigma_i, as in the authors' code

  private final double[] logCounts;
  private final double mitigation;
  private final double compensation;
  private final @Nullable Integer ignoreIndex;
  private final Reduction reduction;

  /**
   * Creates a seesaw loss.
   *
   * @param counts N: how often each class occurs in the training data; 0 counts as 1
   * @param mitigation p, 0 or more; the paper takes 0.8
   * @param compensation q, 0 or more; the paper takes 2
   * @param ignoreIndex the label of positions that have no loss and no gradient, or null
   * @param reduction how single losses are combined
   */
  public SeesawLoss(
      long[] counts,
      double mitigation,
      double compensation,
      @Nullable Integer ignoreIndex,
      Reduction reduction) {
    super("SeesawLoss");
    if (LongStream.of(counts).anyMatch(count -> count < 0)) {
      throw new IllegalArgumentException("SeesawLoss: a count is below 0");
    }
    if (!(mitigation >= 0 && compensation >= 0 && mitigation + compensation < 1e6)) {
      throw new IllegalArgumentException(
          "SeesawLoss: mitigation and compensation must be 0 or more, but are "
              + mitigation
              + " and "
              + compensation);
    }
    this.logCounts =
        LongStream.of(counts).mapToDouble(count -> Math.log((double) Math.max(1, count))).toArray();
    this.mitigation = mitigation;
    this.compensation = compensation;
    this.ignoreIndex = ignoreIndex;
    this.reduction = reduction.exclusive("SeesawLoss");
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Shape shape = logits.getShape();
    Labels y = Labels.of(getName(), logits, labels, ignoreIndex, weights);
    if (shape.get(1) != logCounts.length) {
      throw new IllegalArgumentException(
          getName() + ": there are " + logCounts.length + " counts, but logits " + shape);
    }
    NDArray z = y.hideIgnored(logits);
    // log S, which is 0 for the label's own class: no ratio can overflow
    NDArray counts = PerClass.each(logCounts).beside(getName(), z).broadcast(shape);
    NDArray logM = counts.sub(counts.gather(y.classes(), 1)).minimum(0).muli(mitigation);
    NDArray logP = z.stopGradient().logSoftmax(1);
    NDArray own = logP.gather(y.classes(), 1).maximum(Math.log(SMALLEST));
    NDArray others = y.oneHot(z).neg().addi(1);
    NDArray logC = logP.sub(own).maximum(0).muli(compensation).muli(others);
    NDArray minusLog = z.add(logM).add(logC).logSoftmax(1).neg();
    return y.reduce(minusLog.gather(y.classes(), 1).squeeze(1), reduction);
  }
}
