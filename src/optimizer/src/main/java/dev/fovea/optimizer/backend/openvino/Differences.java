package dev.fovea.optimizer.backend.openvino;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import org.jspecify.annotations.Nullable;

/** What OpenVINO 2026.4 takes without a word and computes otherwise; it is refused. */
final class Differences {

  private Differences() {}

  /**
   * Looks at every node.
   *
   * @throws IllegalArgumentException if OpenVINO would compute one otherwise; the message names it
   */
  static void refuse(Graph graph) {
    for (Node node : graph.nodes()) {
      String difference = difference(node);
      if (difference != null) {
        throw new IllegalArgumentException(
            "OpenVINO cannot run "
                + node.op()
                + (node.source().isEmpty() ? "" : " of " + node.source())
                + ": "
                + difference
                + ". Use Backend.ONNX_RUNTIME or Backend.PYTORCH");
      }
    }
  }

  private static @Nullable String difference(Node node) {
    if (node.output().type().dataType() == DataType.FLOAT64) {
      return "on the CPU, it computes float64 in float32";
    }
    if (node.op() instanceof LayerOp.Resize resize && resize.mode() == LayerOp.Resize.Mode.CUBIC) {
      return "at the border, it repeats the outermost pixels instead of leaving them out"
          + " (it ignores exclude_outside)";
    }
    if (node.op() instanceof LayerOp.AveragePool pool
        && pool.ceil()
        && pool.countPadding()
        && pool.pads().stream().anyMatch(p -> p > 0)) {
      return "in the last, partial window, it also counts what lies beyond the padding";
    }
    return null;
  }
}
