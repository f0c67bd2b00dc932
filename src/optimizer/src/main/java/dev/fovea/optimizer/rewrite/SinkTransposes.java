package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves a transpose behind the elementwise operation that follows, so that it meets the next
 * transpose and cancels.
 *
 * <pre>
 * before: a = Transpose[0, 2, 3, 1](x); b = Gelu(a); c = Transpose[0, 3, 1, 2](b)
 * after:  b = Gelu(x); a = Transpose[0, 2, 3, 1](b); c = Transpose[0, 3, 1, 2](a)   then c = b
 *
 * before: a = Transpose[p](x); b = Transpose[p](y); c = Add(a, b)
 * after:  s = Add(x, y); c = Transpose[p](s)
 * </pre>
 *
 * The other operand of a binary operation may also be a constant that varies along one axis at
 * most. Does not fire if the transpose has another reader, which would then need a transpose of its
 * own.
 */
final class SinkTransposes implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      sink(edit, node);
    }
    return edit.graph();
  }

  private static void sink(Edit edit, Node node) {
    if (node.op() instanceof ElementOp.Unary
        || node.op() instanceof ElementOp.Clip
        || node.op() instanceof ElementOp.Cast) {
      Node transpose = transpose(edit, node.inputs().get(0));
      if (transpose != null) {
        move(edit, node, transpose, List.of(transpose.inputs().get(0)));
      }
    } else if (node.op() instanceof ElementOp.Binary) {
      Value a = node.inputs().get(0);
      Value b = node.inputs().get(1);
      Node left = transpose(edit, a);
      Node right = transpose(edit, b);
      if (left != null && right != null) {
        if (left.op().equals(right.op())) {
          move(edit, node, left, List.of(left.inputs().get(0), right.inputs().get(0)));
        }
      } else if (left != null) {
        Value constant = untranspose(edit, b, left);
        if (constant != null) {
          move(edit, node, left, List.of(left.inputs().get(0), constant));
        }
      } else if (right != null) {
        Value constant = untranspose(edit, a, right);
        if (constant != null) {
          move(edit, node, right, List.of(constant, right.inputs().get(0)));
        }
      }
    }
  }

  private static @Nullable Node transpose(Edit edit, Value value) {
    return edit.hasOneReader(value) ? edit.definition(value, ShapeOp.Transpose.class) : null;
  }

  private static void move(Edit edit, Node node, Node transpose, List<Value> inputs) {
    List<Integer> perm = ((ShapeOp.Transpose) transpose.op()).perm();
    List<Long> dims = unpermuted(node.output().type().dims(), perm);
    Type type = new Type(node.output().type().dataType(), dims);
    Value result = edit.value(node.output().name(), type);
    edit.define(result, node.op(), inputs, node.source());
    edit.define(node.output(), transpose.op(), List.of(result), transpose.source());
  }

  private static List<Long> unpermuted(List<Long> dims, List<Integer> perm) {
    Long[] result = new Long[perm.size()];
    for (int i = 0; i < result.length; i++) {
      result[perm.get(i)] = dims.get(i);
    }
    return Arrays.asList(result);
  }

  /** The constant as it has to be in front of the transpose. */
  private static @Nullable Value untranspose(Edit edit, Value value, Node transpose) {
    Tensor tensor = edit.constant(value);
    List<Integer> perm = ((ShapeOp.Transpose) transpose.op()).perm();
    if (tensor == null || tensor.type().rank() > perm.size()) {
      return null;
    }
    List<Long> dims = new ArrayList<>(tensor.type().dims());
    if (dims.stream().allMatch(d -> d == 1)) {
      return value;
    }
    if (dims.stream().filter(d -> d != 1).count() > 1) {
      return null;
    }
    while (dims.size() < perm.size()) {
      dims.add(0, 1L);
    }
    Type type = new Type(tensor.type().dataType(), unpermuted(dims, perm));
    return edit.constant(value, new Tensor(type, tensor.bytes()));
  }
}
