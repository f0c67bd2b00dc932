package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The boundary loss: softmax probabilities p times the signed distance phi to the boundary of the
 * true region, negative inside; the mean over pixels and classes.
 *
 * <pre>loss = 1 / (C H W N) sum phi_c p_c</pre>
 *
 * <p>Kervadec et al., MIDL 2019, arXiv:1812.07032, eq. 5; distances as in its code: pixel centres
 * to the nearest pixel centre of the region outside, to the nearest centre outside it, less 1,
 * inside. It is 0 or less for a perfect prediction, and meant to be added to a loss of regions such
 * as {@link DiceLoss}, with a weight that grows from 0.01. Takes logits (N, C, H, W) and whole
 * labels (N, H, W); gives a scalar.
 */
public final class BoundaryLoss extends ArrayLoss {

  private final List<Integer> classes;
  private final @Nullable Integer ignoreIndex;

  /**
   * Creates a boundary loss.
   *
   * @param classes the classes whose boundaries count; empty for all; the paper leaves out the
   *     background
   * @param ignoreIndex the label of pixels that have no loss, or null; they are outside all regions
   */
  public BoundaryLoss(List<Integer> classes, @Nullable Integer ignoreIndex) {
    super("BoundaryLoss");
    this.classes = List.copyOf(classes);
    this.ignoreIndex = ignoreIndex;
  }

  @Override
  NDArray compute(NDArray logits, NDArray labels, @Nullable NDArray weights) {
    Shape shape = logits.getShape();
    if (shape.dimension() != 4) {
      throw new IllegalArgumentException(
          getName() + ": logits must be (N, C, H, W), but are " + shape);
    }
    Labels y = Labels.of(getName(), logits, labels, ignoreIndex, weights);
    int all = Math.toIntExact(shape.get(1));
    List<Integer> counted = classes.isEmpty() ? IntStream.range(0, all).boxed().toList() : classes;
    NDArray phi = constants(logits, distances(y, shape, counted)).reshape(shape);
    NDArray loss = y.hideIgnored(logits).softmax(1).mul(phi).sum(new int[] {1});
    return y.reduce(loss.div(constant(loss, counted.size())), Reduction.MEAN);
  }

  /** phi (N, C, H, W); 0 for classes that are not counted. */
  private double[] distances(Labels y, Shape shape, List<Integer> counted) {
    int height = Math.toIntExact(shape.get(2));
    int width = Math.toIntExact(shape.get(3));
    int all = Math.toIntExact(shape.get(1));
    int pixels = height * width;
    NDArray classes = y.classes();
    if (y.counted() != null) { // -1 is no class
      NDArray kept = y.counted().neq(0).toType(DataType.INT64, false).expandDims(1);
      classes = classes.add(1).mul(kept).sub(1);
    }
    long[] labels = classes.toLongArray();
    double[] phi = new double[Math.toIntExact(shape.size())];
    for (int image = 0; image < shape.get(0); image++) {
      for (int c : counted) {
        if (c < 0 || c >= all) {
          throw new IllegalArgumentException(
              getName() + ": class " + c + " is not one of the logits' " + all);
        }
        boolean[] region = new boolean[pixels];
        for (int i = 0; i < pixels; i++) {
          region[i] = labels[image * pixels + i] == c;
        }
        double[] signed = SignedDistance.of(region, width);
        System.arraycopy(signed, 0, phi, (image * all + c) * pixels, pixels);
      }
    }
    return phi;
  }
}
