package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The Lovász losses: the tight convex extension of the Jaccard loss to errors m in place of right
 * or wrong.
 *
 * <pre>loss = sum_i m_i g_i over errors in falling order,   g_i = J_i - J_(i-1)
 * J_i = 1 - (positives not among the first i) / (positives + negatives among the first i)</pre>
 *
 * <p>Berman et al., The Lovász-Softmax Loss, CVPR 2018, arXiv:1705.08790, eq. 8 to 12 and algorithm
 * 1. Weights given beside the labels must be 0 or 1: a position belongs to a region or it does not.
 */
public abstract class LovaszLoss extends ArrayLoss {

  /** Whose losses the mean over the classes is of. */
  public enum Classes {
    /** All classes. */
    ALL,
    /** Those that occur in the labels: of the batch, or of the image if each is by itself. */
    PRESENT
  }

  final boolean perImage;
  final @Nullable Integer ignoreIndex;

  private LovaszLoss(String name, boolean perImage, @Nullable Integer ignoreIndex) {
    super(name);
    this.perImage = perImage;
    this.ignoreIndex = ignoreIndex;
  }

  /**
   * The form for exclusive classes: m = 1 - p of the label's class, p of others, p the softmax.
   * Takes logits (N, C) or (N, C, d1, ...) and whole labels (N) or (N, d1, ...); gives a scalar.
   *
   * @param classes which classes count; the paper's code counts those present
   * @param perImage whether every image is a region of its own, rather than the batch
   * @param ignoreIndex the label of positions that are left out, or null
   * @return the loss
   */
  public static LovaszLoss softmax(
      Classes classes, boolean perImage, @Nullable Integer ignoreIndex) {
    return new Softmax(classes, perImage, ignoreIndex);
  }

  /**
   * The form for two classes: m = max(0, 1 - y x) with logits x and y = 1 for targets 1, -1 for 0.
   * Takes logits and targets 0 or 1 of one shape, (N, ...); gives a scalar.
   *
   * @param perImage whether every image is a region of its own, rather than the batch
   * @param ignoreIndex the target of positions that are left out, or null
   * @return the loss
   */
  public static LovaszLoss hinge(boolean perImage, @Nullable Integer ignoreIndex) {
    return new Hinge(perImage, ignoreIndex);
  }

  /**
   * The loss of every row.
   *
   * @param errors (rows, positions); 0 at positions that are left out
   * @param truth (rows, positions): 1 where the region is, 0 elsewhere and where left out
   * @return (rows)
   */
  static NDArray ofRows(NDArray errors, NDArray truth) {
    NDArray order = errors.stopGradient().argSort(1, false);
    // counts need more digits than a float has
    NDArray found = truth.toType(DataType.FLOAT64, false).gather(order, 1);
    NDArray positives = found.sum(new int[] {1}, true);
    NDArray missing = positives.sub(found.cumSum(1));
    NDArray union = positives.add(found.neg().addi(1).cumSum(1));
    NDArray jaccard = missing.div(union).negi().addi(1);
    NDArray before = jaccard.get(":, :-1");
    NDArray steps = jaccard.get(":, :1").concat(jaccard.get(":, 1:").sub(before), 1);
    NDArray weights = steps.toType(errors.getDataType(), false);
    return errors.gather(order, 1).mul(weights).sum(new int[] {1});
  }

  final void requireMask(@Nullable NDArray weights) {
    if (weights != null) {
      NDArray mask = weights.toType(DataType.FLOAT64, false);
      if (!mask.square().contentEquals(mask)) {
        throw new IllegalArgumentException(getName() + ": weights must be 0 or 1");
      }
    }
  }

  private static final class Softmax extends LovaszLoss {

    private final Classes classes;

    Softmax(Classes classes, boolean perImage, @Nullable Integer ignoreIndex) {
      super("LovaszSoftmaxLoss", perImage, ignoreIndex);
      this.classes = classes;
    }

    @Override
    NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
      requireMask(weights);
      Labels y = Labels.of(getName(), logits, labels, ignoreIndex, weights);
      NDArray p = y.hideIgnored(logits).softmax(1);
      NDArray truth = y.oneHot(logits);
      NDArray errors = truth.sub(p).abs();
      if (y.counted() != null) {
        truth = truth.mul(y.counted().expandDims(1));
        errors = errors.mul(y.counted().expandDims(1));
      }
      NDArray rows = rows(truth);
      NDArray losses = ofRows(rows(errors), rows);
      if (classes == Classes.ALL) {
        return Reduction.MEAN.apply(losses, null);
      }
      NDArray present =
          rows.sum(new int[] {1})
              .gt(0)
              .toType(losses.getDataType(), false)
              .reshape(losses.size() / logits.getShape().get(1), logits.getShape().get(1));
      NDArray perImage = losses.reshape(present.getShape()).mul(present).sum(new int[] {1});
      NDArray count = present.sum(new int[] {1}).maximum(1);
      return Reduction.MEAN.apply(perImage.div(count), null);
    }

    /** (N C, positions) or (C, N positions). */
    private NDArray rows(NDArray maps) {
      Shape shape = maps.getShape();
      if (perImage) {
        return maps.reshape(shape.get(0) * shape.get(1), shape.slice(2).size());
      }
      int[] classFirst =
          IntStream.range(0, shape.dimension()).map(i -> i < 2 ? 1 - i : i).toArray();
      return maps.transpose(classFirst).reshape(shape.get(1), shape.size() / shape.get(1));
    }
  }

  private static final class Hinge extends LovaszLoss {

    Hinge(boolean perImage, @Nullable Integer ignoreIndex) {
      super("LovaszHingeLoss", perImage, ignoreIndex);
    }

    @Override
    NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
      requireMask(weights);
      Targets targets =
          Targets.probabilities(getName(), logits, labels, ignoreIndex, weights)
              .requireHard(getName());
      NDArray t = targets.values();
      NDArray against = t.mul(-2).addi(1); // -y
      NDArray errors = targets.hideIgnored(logits).mul(against).add(1).maximum(constant(t, 0));
      if (targets.counted() != null) {
        errors = errors.mul(targets.counted());
      }
      long size = t.size();
      long rows = perImage ? logits.getShape().get(0) : 1;
      Shape shape = new Shape(rows, rows == 0 ? 0 : size / rows);
      return Reduction.MEAN.apply(ofRows(errors.reshape(shape), t.reshape(shape)), null);
    }
  }
}
