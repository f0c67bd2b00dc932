package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reshape of a reshape goes straight to the last shape; one that changes nothing goes away.
 *
 * <pre>
 * before: y = Reshape[copy, 32, from h, infer](x); z = Reshape[copy, 32, infer](y)    x (?, 32, ?)
 * after:  z = x
 * </pre>
 *
 * Does not fire where two sizes would have to be inferred.
 */
final class MergeReshapes implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      if (!(node.op() instanceof ShapeOp.Reshape)) {
        continue;
      }
      Node first = edit.definition(node.inputs().get(0), ShapeOp.Reshape.class);
      Node merged = first == null ? null : merge(first, node);
      if (merged != null) {
        edit.define(node.output(), merged.op(), merged.inputs(), node.source());
      }
      Node now = merged == null ? node : merged;
      if (keepsShape(edit, now)) {
        edit.replace(node.output(), now.inputs().get(0));
      }
    }
    return edit.graph();
  }

  private static @Nullable Node merge(Node first, Node second) {
    List<Long> inner = ((ShapeOp.Reshape) first.op()).sizes();
    List<Long> outer = ((ShapeOp.Reshape) second.op()).sizes();
    List<Long> between = first.output().type().dims();
    List<Long> sizes = new ArrayList<>();
    List<Value> inputs = new ArrayList<>(List.of(first.inputs().get(0)));
    int next = 1;
    for (int i = 0; i < outer.size(); i++) {
      long size = outer.get(i);
      if (size == Op.FROM_INPUT) {
        inputs.add(second.inputs().get(next++));
      } else if (size == Op.COPY && between.get(i) != Type.DYNAMIC) {
        size = between.get(i);
      } else if (size == Op.COPY) {
        size = inner.get(i);
        if (size == Op.FROM_INPUT) {
          long earlier = inner.subList(0, i).stream().filter(s -> s == Op.FROM_INPUT).count();
          inputs.add(first.inputs().get(1 + Math.toIntExact(earlier)));
        }
      }
      sizes.add(size);
    }
    if (sizes.stream().filter(s -> s == Op.INFER).count() > 1) {
      return null;
    }
    return new Node(
        new ShapeOp.Reshape(List.copyOf(sizes)), inputs, second.outputs(), second.source());
  }

  /** All axes but one are those of x; the number of elements then fixes the last one. */
  private static boolean keepsShape(Edit edit, Node node) {
    Value x = node.inputs().get(0);
    List<Long> dims = x.type().dims();
    List<Long> sizes = ((ShapeOp.Reshape) node.op()).sizes();
    if (sizes.size() != dims.size()) {
      return false;
    }
    int unknown = 0;
    int next = 1;
    for (int i = 0; i < sizes.size(); i++) {
      long size = sizes.get(i);
      if (size == Op.FROM_INPUT) {
        unknown += StaticSizes.isSizeOf(edit, node.inputs().get(next++), x, i) ? 0 : 1;
      } else if (size == Op.INFER) {
        unknown++;
      } else if (size != Op.COPY && size != dims.get(i)) {
        // A number where x is dynamic may or may not be its size; another number is another shape.
        if (dims.get(i) != Type.DYNAMIC) {
          return false;
        }
        unknown++;
      }
    }
    return unknown <= 1;
  }
}
