package dev.fovea.testkit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.function.BinaryOperator;

/** Losses that are right; the wrong ones are made of them. */
final class TestLosses {

  private TestLosses() {}

  /** A scalar that owns its memory. */
  static NDArray constant(double value, NDArray like) {
    return like.getManager().full(new Shape(), (float) value, like.getDataType());
  }

  /** Releases what a formula leaves behind. */
  static BinaryOperator<NDArray> tidy(BinaryOperator<NDArray> formula) {
    return (x, y) -> {
      NDArray result;
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        result = formula.apply(x, y);
        NDScope.unregister(result);
      }
      return result;
    };
  }

  /** The mean; 0 of nothing. */
  static NDArray meanOrZero(NDArray losses) {
    return losses.sum().div(constant((double) Math.max(1, losses.size()), losses));
  }

  /** alpha_t (1 - p_t)^2 times the cross entropy, alpha = 0.25: Lin et al., eq. 5. */
  static NDArray focal(NDArray x, NDArray y) {
    return weights(x, y).mul(modulation(x, y)).mul(crossEntropy(x, y));
  }

  static NDArray targets(NDArray x, NDArray y) {
    return y.toType(x.getDataType(), false);
  }

  static NDArray weights(NDArray x, NDArray y) {
    return targets(x, y).mul(constant(-0.5, x)).add(constant(0.75, x));
  }

  /** (1 - p_t)^2. */
  static NDArray modulation(NDArray x, NDArray y) {
    return Activation.sigmoid(margin(x, y).neg()).square();
  }

  static NDArray crossEntropy(NDArray x, NDArray y) {
    return Activation.softPlus(margin(x, y).neg());
  }

  /** The logit of what is true. */
  static NDArray margin(NDArray x, NDArray y) {
    NDArray t = targets(x, y);
    return x.mul(t.add(t).sub(1));
  }

  /** Cross entropy where the label is not 255, else 0. */
  static NDArray masked(NDArray x, NDArray y) {
    NDArray labels = y.toType(DataType.INT64, false);
    NDArray counted = labels.neq(255);
    NDArray classes = labels.mul(counted).expandDims(1);
    NDArray loss = x.logSoftmax(1).gather(classes, 1).squeeze(1).neg();
    return loss.mul(counted.toType(x.getDataType(), false));
  }

  /** The mean of {@link #masked} over the positions that count; 0 if none does. */
  static NDArray maskedMean(NDArray x, NDArray y) {
    NDArray counted = y.toType(DataType.INT64, false).neq(255).toType(x.getDataType(), false).sum();
    return masked(x, y).sum().div(counted.maximum(constant(1, x)));
  }

  /** Rezatofighi et al., CVPR 2019, algorithm 1, with torchvision's epsilon. */
  static NDArray giou(NDArray x, NDArray y) {
    NDArray t = targets(x, y);
    NDArray low = corner(x, 0).maximum(corner(t, 0));
    NDArray high = corner(x, 2).minimum(corner(t, 2));
    NDArray shared = Activation.relu(high.sub(low)).prod(new int[] {1});
    NDArray union = area(x).add(area(t)).sub(shared);
    NDArray hullLow = corner(x, 0).minimum(corner(t, 0));
    NDArray hull = corner(x, 2).maximum(corner(t, 2)).sub(hullLow).prod(new int[] {1});
    NDArray epsilon = constant(1e-7, x);
    NDArray overlap = shared.div(union.add(epsilon));
    return overlap.sub(hull.sub(union).div(hull.add(epsilon))).neg().add(1);
  }

  private static NDArray corner(NDArray boxes, int from) {
    return NDArrays.concat(
        new ai.djl.ndarray.NDList(column(boxes, from), column(boxes, from + 1)), 1);
  }

  private static NDArray column(NDArray boxes, int index) {
    return boxes.get(":, " + index + ":" + (index + 1));
  }

  private static NDArray area(NDArray boxes) {
    return corner(boxes, 2).sub(corner(boxes, 0)).prod(new int[] {1});
  }
}
