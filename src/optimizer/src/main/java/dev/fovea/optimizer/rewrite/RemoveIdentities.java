package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Value;
import java.util.List;
import java.util.Map;

/**
 * Removes what changes nothing.
 *
 * <pre>
 * before: y = Mul(x, 1); z = Cast[float32](y); return Relu(z)       x is float32
 * after:  return Relu(x)
 * </pre>
 *
 * Mul and Div by 1, Add and Sub of 0, Pow of 1, a Clip without bounds, a Cast to the same type, a
 * Transpose that keeps the order, a Concat of one, a Squeeze, Unsqueeze or Slice of no axis. Does
 * not fire if the constant broadcasts x to another shape.
 */
final class RemoveIdentities implements Rewrite {

  private static final Map<ElementOp.Binary.Kind, Double> NEUTRAL =
      Map.of(
          ElementOp.Binary.Kind.MUL, 1.0,
          ElementOp.Binary.Kind.DIV, 1.0,
          ElementOp.Binary.Kind.ADD, 0.0,
          ElementOp.Binary.Kind.SUB, 0.0,
          ElementOp.Binary.Kind.POW, 1.0);

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      if (node.op() instanceof ElementOp.Binary binary) {
        Value a = node.inputs().get(0);
        Value b = node.inputs().get(1);
        boolean commutes =
            binary.kind() == ElementOp.Binary.Kind.ADD
                || binary.kind() == ElementOp.Binary.Kind.MUL;
        if (isNeutral(edit, binary.kind(), b, a, node)) {
          edit.replace(node.output(), a);
        } else if (commutes && isNeutral(edit, binary.kind(), a, b, node)) {
          edit.replace(node.output(), b);
        }
      } else if (isIdentity(node)) {
        edit.replace(node.output(), node.inputs().get(0));
      }
    }
    return edit.graph();
  }

  private static boolean isIdentity(Node node) {
    Op op = node.op();
    return (op instanceof ElementOp.Clip clip
            && clip.low() == Double.NEGATIVE_INFINITY
            && clip.high() == Double.POSITIVE_INFINITY)
        || (op instanceof ElementOp.Cast cast
            && cast.to() == node.inputs().get(0).type().dataType())
        || (op instanceof ShapeOp.Transpose t && MergeTransposes.isIdentity(t.perm()))
        || (op instanceof IndexOp.Concat && node.inputs().size() == 1)
        || (op instanceof ShapeOp.Squeeze squeeze && squeeze.axes().isEmpty())
        || (op instanceof ShapeOp.Unsqueeze unsqueeze && unsqueeze.axes().isEmpty())
        || (op instanceof IndexOp.Slice slice && slice.axes().isEmpty());
  }

  private static boolean isNeutral(
      Edit edit, ElementOp.Binary.Kind kind, Value constant, Value x, Node node) {
    Tensor tensor = edit.constant(constant);
    Double neutral = NEUTRAL.get(kind);
    if (tensor == null
        || neutral == null
        || x.type().dataType() != node.output().type().dataType()
        || !leavesShape(constant.type().dims(), x.type().dims())) {
      return false;
    }
    Floats floats = Floats.of(tensor);
    if (floats == null) {
      return false;
    }
    for (float value : floats.data()) {
      if (value != neutral) {
        return false;
      }
    }
    return true;
  }

  private static boolean leavesShape(List<Long> constant, List<Long> x) {
    int offset = x.size() - constant.size();
    if (offset < 0) {
      return false;
    }
    for (int i = 0; i < constant.size(); i++) {
      if (constant.get(i) != 1 && !constant.get(i).equals(x.get(offset + i))) {
        return false;
      }
    }
    return true;
  }
}
