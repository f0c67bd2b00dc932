package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import org.jspecify.annotations.Nullable;

/** The focal loss of exclusive classes; see {@link FocalLoss#softmax}. */
final class SoftmaxFocalLoss extends FocalLoss {

  SoftmaxFocalLoss(Options options) {
    super("SoftmaxFocalLoss", options, Double.MAX_VALUE);
    options.reduction().exclusive(getName());
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    if (labels.getShape().equals(logits.getShape())) {
      Labels.positions(getName(), logits);
      NDArray perClass = weights == null ? null : besideClasses(logits, weights);
      Targets t = Targets.probabilities(getName(), logits, labels, null, perClass);
      NDArray counted = t.counted() == null ? null : t.counted().get(":, 0");
      NDArray loss = ofSoftLabels(t.hideIgnored(logits), t.values());
      return options.reduction().apply(counted == null ? loss : loss.mul(counted), counted);
    }
    Labels y = Labels.of(getName(), logits, labels, options.ignoreIndex(), weights);
    NDArray z = y.hideIgnored(logits);
    if (options.smoothing() > 0) {
      return y.reduce(ofSoftLabels(z, y.oneHot(z)), options.reduction());
    }
    NDArray gamma = options.gamma().beside(getName(), z);
    if (!gamma.isScalar()) {
      gamma = gamma.broadcast(z.getShape()).gather(y.classes(), 1).squeeze(1);
    }
    NDArray loss = ofMiss(y.margin(z).neg(), gamma);
    if (options.alpha() != null) {
      NDArray alpha = options.alpha().beside(getName(), z);
      loss = loss.mul(alpha.broadcast(z.getShape()).gather(y.classes(), 1).squeeze(1));
    }
    return y.reduce(loss, options.reduction());
  }

  /** Weights of positions (N, d1, ...), repeated for every class. */
  private NDArray besideClasses(NDArray logits, NDArray weights) {
    return weights(getName(), weights, Labels.positions(getName(), logits), logits.getDataType())
        .expandDims(1);
  }

  /** Every class is a decision with the weight of its target. */
  private NDArray ofSoftLabels(NDArray logits, NDArray labels) {
    long classes = logits.getShape().get(1);
    NDArray t = labels.mul(1 - options.smoothing()).addi(options.smoothing() / classes);
    if (options.alpha() != null) {
      t.muli(options.alpha().beside(getName(), logits));
    }
    NDArray gamma = options.gamma().beside(getName(), logits);
    return ofMiss(misses(logits), gamma).mul(t).sum(new int[] {1});
  }

  /** The log-odds log((1 - p_c) / p_c) of all classes. */
  private static NDArray misses(NDArray logits) {
    NDArray largest = logits.argMax(1).expandDims(1);
    Labels top = new Labels(largest, null);
    NDArray isTop = top.oneHot(logits).toType(DataType.BOOLEAN, false);
    NDArray logP = logits.logSoftmax(1);
    // Only the largest class can have p above 1/2, where log(1 - p) needs the others' sum.
    NDArray small = NDArrays.where(isTop.logicalNot(), logP.exp(), constant(logits, 0));
    NDArray logRest = small.neg().add(1).log();
    NDArray ofTop = top.margin(logits).neg().expandDims(1).broadcast(logits.getShape());
    return NDArrays.where(isTop, ofTop, logRest.sub(logP));
  }
}
