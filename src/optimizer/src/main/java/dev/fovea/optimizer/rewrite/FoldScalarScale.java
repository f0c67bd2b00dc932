package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Value;
import org.jspecify.annotations.Nullable;

/**
 * One factor behind a product goes into the linear map that one of its operands comes from: the 1 /
 * sqrt(d) of attention goes into the query projection.
 *
 * <pre>
 * before: q = Transpose(Reshape(Add(MatMul(x, W), b))); s = Mul(MatMul(q, k), 0.125)
 * after:  q = Transpose(Reshape(Add(MatMul(x, 0.125 W), 0.125 b))); s = MatMul(q, k)
 * </pre>
 *
 * Div by a constant counts as the factor's inverse. Does not fire if anything on the way from the
 * map to the factor has another reader, or if the factor is computed.
 */
final class FoldScalarScale implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      if (!(node.op() instanceof ElementOp.Binary binary)) {
        continue;
      }
      Value a = node.inputs().get(0);
      Value b = node.inputs().get(1);
      if (binary.kind() == ElementOp.Binary.Kind.MUL) {
        if (!fold(edit, node, a, scalar(edit, b))) {
          fold(edit, node, b, scalar(edit, a));
        }
      } else if (binary.kind() == ElementOp.Binary.Kind.DIV) {
        fold(edit, node, a, 1 / scalar(edit, b));
      }
    }
    return edit.graph();
  }

  /** The value of a constant of one element, else NaN. */
  private static double scalar(Edit edit, Value value) {
    return Floats.single(edit.constant(value));
  }

  private static boolean fold(Edit edit, Node scale, Value y, double factor) {
    if (!Double.isFinite(factor) || y.type().rank() != scale.output().type().rank()) {
      return false;
    }
    Affine map = mapBehind(edit, y);
    if (map == null) {
      return false;
    }
    map.fold(edit, map.uniform(factor), null);
    return edit.replace(scale.output(), y);
  }

  /** The linear map that a factor can be moved to, up through what commutes with a factor. */
  private static @Nullable Affine mapBehind(Edit edit, Value value) {
    if (!edit.hasOneReader(value)) {
      return null;
    }
    Affine map = Affine.endingAt(edit, value);
    Node node = edit.definition(value);
    if (map != null || node == null) {
      return map;
    }
    if (node.op() instanceof LayerOp.MatMul) {
      map = mapBehind(edit, node.inputs().get(0));
      return map != null ? map : mapBehind(edit, node.inputs().get(1));
    }
    boolean moves =
        node.op() instanceof ShapeOp.Reshape
            || node.op() instanceof ShapeOp.Transpose
            || node.op() instanceof ShapeOp.Squeeze
            || node.op() instanceof ShapeOp.Unsqueeze;
    return moves ? mapBehind(edit, node.inputs().get(0)) : null;
  }
}
