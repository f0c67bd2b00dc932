package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A residual sum that is transposed back is computed in the layout that it is wanted in: at the end
 * of every stage of a ConvNeXt.
 *
 * <pre>
 * before: s = Add(x, Transpose[0, 3, 1, 2](y)); z = Transpose[0, 2, 3, 1](s)
 * after:  z = Add(Transpose[0, 2, 3, 1](x), y)
 * </pre>
 *
 * Does not fire if the sum or the transposed y has another reader.
 */
final class HoistTransposes implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      if (!(node.op() instanceof ShapeOp.Transpose transpose)) {
        continue;
      }
      Value sum = node.inputs().get(0);
      Node add = edit.definition(sum, ElementOp.Binary.class);
      if (add != null && edit.hasOneReader(sum) && !hoist(edit, node, transpose, add, 1)) {
        hoist(edit, node, transpose, add, 0);
      }
    }
    return edit.graph();
  }

  private static boolean hoist(
      Edit edit, Node node, ShapeOp.Transpose back, Node add, int operand) {
    Value x = add.inputs().get(1 - operand);
    Value y = inverseOf(edit, add.inputs().get(operand), back);
    if (y == null || x.type().rank() != back.perm().size()) {
      return false; // x may broadcast
    }
    List<Long> dims = back.perm().stream().map(axis -> x.type().dims().get(axis)).toList();
    Value moved = edit.value(x.name(), new Type(x.type().dataType(), dims));
    edit.define(moved, back, List.of(x), node.source());
    List<Value> inputs = operand == 1 ? List.of(moved, y) : List.of(y, moved);
    edit.define(node.output(), add.op(), inputs, add.source());
    return true;
  }

  /** What is transposed into this value, if nobody else reads it and {@code back} undoes it. */
  private static @Nullable Value inverseOf(Edit edit, Value value, ShapeOp.Transpose back) {
    Node first = edit.definition(value, ShapeOp.Transpose.class);
    if (first == null || !edit.hasOneReader(value)) {
      return null;
    }
    List<Integer> there = ((ShapeOp.Transpose) first.op()).perm();
    boolean inverse =
        IntStream.range(0, there.size()).allMatch(i -> there.get(back.perm().get(i)) == i);
    return inverse ? first.inputs().get(0) : null;
  }
}
