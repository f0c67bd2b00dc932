package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.function.BiFunction;

/** Windows over images whose padding may differ from side to side. */
final class Padding {
  private Padding() {}

  /** Returns the mean of each window, with the padding counted in the divisor. */
  static NDArray mean(NDArray of, LayerOp.AveragePool op) {
    Shape kernel = new Shape(op.kernel());
    Shape strides = new Shape(op.strides());
    return padded(
        of,
        op.pads(),
        0,
        (image, pads) ->
            image.getNDArrayInternal().avgPool(kernel, strides, pads, op.ceil(), true));
  }

  /** Runs on x with its padding; the engine itself pads both sides of an axis alike. */
  static NDArray padded(
      NDArray x, List<Long> pads, double value, BiFunction<NDArray, Shape, NDArray> run) {
    if (symmetric(pads)) {
      return run.apply(x, new Shape(pads.subList(0, 2)));
    }
    // DJL lists the last axis first: left, right, top, bottom.
    Shape all = new Shape(pads.get(1), pads.get(3), pads.get(0), pads.get(2));
    try (NDArray image = x.pad(all, value)) {
      return run.apply(image, new Shape(0, 0));
    }
  }

  private static boolean symmetric(List<Long> pads) {
    return pads.get(0).equals(pads.get(2)) && pads.get(1).equals(pads.get(3));
  }
}
