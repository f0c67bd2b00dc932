package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Value;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A size is measured as early as it is known, so that who measures it does not hold on to the later
 * array.
 *
 * <pre>
 * before: y = Transpose[0, 2, 3, 1](Gelu(x)); h = Size[1](y)
 * after:  h = Size[2](x)
 *
 * before: y = Resize[from h, from w](x); k = Size[2](y)
 * after:  k = h
 * </pre>
 */
final class ForwardSizes implements Rewrite {

  /** One axis of one value. */
  record Axis(Value value, int axis) {}

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      if (!(node.op() instanceof ShapeOp.Size size)) {
        continue;
      }
      Axis measured = new Axis(node.inputs().get(0), size.axis());
      Axis origin = origin(edit, measured.value(), measured.axis());
      Node resize = edit.definition(origin.value(), LayerOp.Resize.class);
      Value given = resize == null ? null : givenSize(resize, origin.axis());
      if (given != null) {
        edit.replace(node.output(), given);
      } else if (!origin.equals(measured)) {
        List<Value> operand = List.of(origin.value());
        edit.define(node.output(), new ShapeOp.Size(origin.axis()), operand, node.source());
      }
    }
    return edit.graph();
  }

  /** The first axis that has the size of this one; two with the same origin are always equal. */
  static Axis origin(Edit edit, Value value, int axis) {
    Axis origin = new Axis(value, axis);
    for (Node node = edit.definition(value); node != null; ) {
      Axis earlier = earlier(node, origin.axis());
      origin = earlier == null ? origin : earlier;
      node = earlier == null ? null : edit.definition(earlier.value());
    }
    return origin;
  }

  /** The scalar that an image was resized to. */
  private static @Nullable Value givenSize(Node node, int axis) {
    if (!(node.op() instanceof LayerOp.Resize resize)
        || axis < 2
        || resize.sizes().get(axis - 2) != Op.FROM_INPUT) {
      return null;
    }
    return node.inputs()
        .get(1 + Collections.frequency(resize.sizes().subList(0, axis - 2), Op.FROM_INPUT));
  }

  private static @Nullable Axis earlier(Node origin, int axis) {
    Value x = origin.inputs().get(0);
    Op op = origin.op();
    if (op instanceof ShapeOp.Transpose transpose) {
      return new Axis(x, transpose.perm().get(axis));
    }
    boolean keepsAll =
        op instanceof ElementOp.Unary
            || op instanceof ElementOp.Clip
            || op instanceof ElementOp.Cast
            || op instanceof LayerOp.Softmax
            || op instanceof LayerOp.LayerNormalization
            || op instanceof LayerOp.BatchNormalization;
    boolean keepsAxis =
        (op instanceof LayerOp.Resize && axis < 2)
            || (op instanceof LayerOp.Conv && axis == 0)
            || (op instanceof LayerOp.MatMul && keepsRows(origin, axis))
            || (op instanceof ElementOp.Binary && other(origin, axis) == 1);
    if (keepsAll || keepsAxis) {
      return new Axis(x, axis);
    }
    return null;
  }

  /** A weight with two axes changes the last axis alone. */
  private static boolean keepsRows(Node matMul, int axis) {
    return matMul.inputs().get(1).type().rank() == 2 && axis < matMul.output().type().rank() - 1;
  }

  /** The size of the second operand on an axis of the result; 1 leaves that of the first. */
  private static long other(Node binary, int axis) {
    int rank = binary.output().type().rank();
    List<Long> dims = binary.inputs().get(1).type().dims();
    boolean first = binary.inputs().get(0).type().rank() == rank;
    int offset = rank - dims.size();
    return !first ? -1 : axis < offset ? 1 : dims.get(axis - offset);
  }
}
