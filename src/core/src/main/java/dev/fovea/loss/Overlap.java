package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import java.util.stream.IntStream;

/**
 * How much softmax probabilities p and one-hot labels t of a class overlap, summed over the batch
 * and all positions, weighed by position. What losses of regions are made of.
 *
 * @param both sum p t, the soft true positives, (C)
 * @param predicted sum p, (C)
 * @param labelled sum t, (C)
 */
record Overlap(NDArray both, NDArray predicted, NDArray labelled) {

  static Overlap of(Labels y, NDArray logits) {
    NDArray p = y.hideIgnored(logits).softmax(1);
    NDArray t = y.oneHot(logits);
    NDArray both = p.mul(t);
    if (y.counted() != null) {
      NDArray weights = y.counted().expandDims(1);
      both = both.mul(weights);
      p = p.mul(weights);
      t = t.mul(weights);
    }
    return new Overlap(sum(both), sum(p), sum(t));
  }

  private static NDArray sum(NDArray maps) {
    return maps.sum(
        IntStream.range(0, maps.getShape().dimension()).filter(axis -> axis != 1).toArray());
  }

  static double smooth(String loss, double smooth) {
    if (!(smooth > 0 && smooth < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(loss + ": smooth must be above 0, but is " + smooth);
    }
    return smooth;
  }
}
