package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Losses of boxes by how they overlap. With predicted and true box, their union U, the smallest box
 * E around both, the distance d of their centres, the diagonal c of E, width w and height h:
 *
 * <pre>GIoU: 1 - IoU + (|E| - |U|) / |E|
 * DIoU: 1 - IoU + d^2 / c^2
 * CIoU: 1 - IoU + d^2 / c^2 + alpha v,
 *       v = 4 / pi^2 (atan w'/h' - atan w/h)^2,   alpha = v / (1 - IoU + v) without gradient</pre>
 *
 * <p>Rezatofighi et al., CVPR 2019, arXiv:1902.09630, algorithm 1; Zheng et al., AAAI 2020,
 * arXiv:1911.08287, eq. 7 to 11. Values and gradients are those of {@code torchvision.ops}, with
 * its 1e-7 in every denominator. Takes predicted and true boxes (..., 4) as x1 y1 x2 y2, in any one
 * unit; single losses are (...).
 */
public final class BoxLoss extends ArrayLoss {

  private static final double EPSILON = 1e-7;

  /** Which of the losses. */
  public enum Kind {
    /** Generalized IoU: boxes that do not touch are drawn together, too. */
    GIOU,
    /** Distance IoU: centres are drawn together. */
    DIOU,
    /** Complete IoU: the distance, and the ratio of width and height. */
    CIOU
  }

  private final Kind kind;
  private final Reduction reduction;

  /**
   * Creates a loss of boxes.
   *
   * @param kind which of the losses
   * @param reduction how single losses are combined
   */
  public BoxLoss(Kind kind, Reduction reduction) {
    super(kind + "Loss");
    if (reduction == Reduction.POSITIVES) {
      throw new IllegalArgumentException(
          getName() + ": boxes have no positives to count; take MEAN, or SUM and divide");
    }
    this.kind = kind;
    this.reduction = reduction;
  }

  @Override
  NDArray compute(NDArray predictions, NDArray labels, @Nullable NDArray weights) {
    Shape shape = predictions.getShape();
    int rank = shape.dimension();
    if (rank < 1 || shape.get(rank - 1) != 4) {
      throw new IllegalArgumentException(
          getName() + ": boxes must be (..., 4): x1 y1 x2 y2, but are " + shape);
    }
    NDArray perBox = null;
    NDArray perNumber = null;
    if (weights != null) {
      perBox = weights(getName(), weights, shape.slice(0, rank - 1), predictions.getDataType());
      perNumber = perBox.expandDims(rank - 1);
    }
    Targets t = Targets.of(getName(), predictions, labels, null, perNumber);
    NDArray loss = of(new Boxes(t.hideIgnored(predictions)), new Boxes(t.values()));
    return reduction.apply(perBox == null ? loss : loss.mul(perBox), perBox);
  }

  private NDArray of(Boxes a, Boxes b) {
    NDArray zero = constant(a.x1, 0);
    NDArray width = a.x2.minimum(b.x2).sub(a.x1.maximum(b.x1)).maximum(zero);
    NDArray height = a.y2.minimum(b.y2).sub(a.y1.maximum(b.y1)).maximum(zero);
    NDArray both = width.mul(height);
    NDArray union = a.area().add(b.area()).sub(both);
    NDArray loss = both.div(union.add(EPSILON)).neg().add(1); // 1 - IoU
    NDArray aroundX = a.x2.maximum(b.x2).sub(a.x1.minimum(b.x1));
    NDArray aroundY = a.y2.maximum(b.y2).sub(a.y1.minimum(b.y1));
    if (kind == Kind.GIOU) {
      NDArray around = aroundX.mul(aroundY);
      return loss.add(around.sub(union).div(around.add(EPSILON)));
    }
    NDArray quarter = constant(a.x1, 0.25); // twice the distance of the centres is squared
    NDArray x = a.x1.add(a.x2).sub(b.x1).sub(b.x2).square();
    NDArray y = a.y1.add(a.y2).sub(b.y1).sub(b.y2).square();
    NDArray diagonal = aroundX.square().add(aroundY.square()).add(EPSILON);
    NDArray distance = x.add(y).mul(quarter).div(diagonal);
    return kind == Kind.DIOU ? loss.add(distance) : loss.add(distance).add(shape(a, b, loss));
  }

  /** alpha v. */
  private static NDArray shape(Boxes a, Boxes b, NDArray loss) {
    NDArray v = b.angle().sub(a.angle()).square().mul(constant(loss, 4 / (Math.PI * Math.PI)));
    NDArray fixed = v.stopGradient();
    return v.mul(fixed.div(loss.stopGradient().add(fixed).add(EPSILON)));
  }

  /** The sides of boxes, (...) each. */
  private static final class Boxes {
    private final NDArray x1;
    private final NDArray y1;
    private final NDArray x2;
    private final NDArray y2;

    Boxes(NDArray boxes) {
      x1 = boxes.get(new NDIndex("..., 0"));
      y1 = boxes.get(new NDIndex("..., 1"));
      x2 = boxes.get(new NDIndex("..., 2"));
      y2 = boxes.get(new NDIndex("..., 3"));
    }

    NDArray area() {
      return x2.sub(x1).mul(y2.sub(y1));
    }

    /** atan w / h; a height below epsilon counts as epsilon, or a flat box would have no slope. */
    NDArray angle() {
      NDArray height = y2.sub(y1);
      return x2.sub(x1).div(height.maximum(constant(height, EPSILON))).atan();
    }
  }
}
