package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Value;
import java.util.List;

/**
 * Two transposes in a row are one, and none at all if the second undoes the first.
 *
 * <pre>
 * before: y = Transpose[0, 2, 1, 3](x); z = Transpose[0, 1, 3, 2](y)
 * after:  z = Transpose[0, 2, 3, 1](x)
 * </pre>
 *
 * Other readers of y keep it; z then no longer waits for it.
 */
final class MergeTransposes implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node second : edit.nodes()) {
      if (!(second.op() instanceof ShapeOp.Transpose outer)) {
        continue;
      }
      Node first = edit.definition(second.inputs().get(0), ShapeOp.Transpose.class);
      if (first == null) {
        continue;
      }
      Value x = first.inputs().get(0);
      List<Integer> inner = ((ShapeOp.Transpose) first.op()).perm();
      List<Integer> both = outer.perm().stream().map(inner::get).toList();
      if (!isIdentity(both)) {
        edit.define(second.output(), new ShapeOp.Transpose(both), List.of(x), second.source());
      } else {
        edit.replace(second.output(), x);
      }
    }
    return edit.graph();
  }

  static boolean isIdentity(List<Integer> perm) {
    for (int i = 0; i < perm.size(); i++) {
      if (perm.get(i) != i) {
        return false;
      }
    }
    return true;
  }
}
