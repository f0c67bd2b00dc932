package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A 1 x 1 convolution with constant weights: the same linear map of the channels at every pixel.
 *
 * @param node the Conv
 * @param x its image
 * @param weight the constant (M, K, 1, 1)
 * @param bias the constant (M), if there is one
 */
record Pointwise(Node node, Value x, Value weight, @Nullable Value bias) {

  private static final List<Long> ONES = List.of(1L, 1L);
  private static final List<Long> NO_PADS = List.of(0L, 0L, 0L, 0L);

  static @Nullable Pointwise of(Edit edit, Node node) {
    Affine map = node.op() instanceof LayerOp.Conv ? Affine.endingAt(edit, node.output()) : null;
    if (map == null
        || !(node.op() instanceof LayerOp.Conv conv)
        || !conv.strides().equals(ONES)
        || !conv.pads().equals(NO_PADS)
        || conv.groups() != 1
        || !map.weight().type().dims().subList(2, 4).equals(ONES)) {
      return null;
    }
    return new Pointwise(node, node.inputs().get(0), map.weight(), map.bias());
  }

  int out() {
    return Math.toIntExact(weight.type().dims().get(0));
  }

  int in() {
    return Math.toIntExact(weight.type().dims().get(1));
  }

  float[] weights(Edit edit) {
    return Affine.floats(edit, weight).data();
  }

  double[] biases(Edit edit) {
    return bias == null ? new double[out()] : Affine.floats(edit, bias).toDoubles();
  }
}
