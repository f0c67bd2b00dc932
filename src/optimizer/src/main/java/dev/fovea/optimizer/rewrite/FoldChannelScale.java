package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Value;

/**
 * A factor per channel behind a linear map or a convolution goes into its weight and bias:
 * ConvNeXt's layer scale.
 *
 * <pre>
 * before: y = Add(MatMul(x, W), b); z = Mul(y, gamma)       gamma (N)
 * after:  z = Add(MatMul(x, gamma W), gamma b)
 * </pre>
 *
 * Does not fire if y has another reader, if gamma is computed, or if it varies along another axis.
 */
final class FoldChannelScale implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      if (node.op().equals(new ElementOp.Binary(ElementOp.Binary.Kind.MUL))) {
        if (!fold(edit, node, 0)) {
          fold(edit, node, 1);
        }
      }
    }
    return edit.graph();
  }

  private static boolean fold(Edit edit, Node mul, int operand) {
    Value y = mul.inputs().get(operand);
    Value gamma = mul.inputs().get(1 - operand);
    Affine map = edit.hasOneReader(y) ? Affine.endingAt(edit, y) : null;
    Floats factors = map == null ? null : Floats.of(edit.constant(gamma));
    if (map == null || factors == null) {
      return false;
    }
    int rank = y.type().rank();
    int count = Affine.vectorAlong(gamma, map.channelAxis(), rank, map.channels());
    if (count < 0) {
      return false;
    }
    map.fold(edit, count == 1 ? map.uniform(factors.data()[0]) : factors.toDoubles(), null);
    return edit.replace(mul.output(), y);
  }
}
