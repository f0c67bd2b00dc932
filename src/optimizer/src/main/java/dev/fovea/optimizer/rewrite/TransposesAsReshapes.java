package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Type;
import java.util.ArrayList;
import java.util.List;

/**
 * A transpose that moves axes of size 1 alone moves no element: it is a reshape, which copies
 * nothing. Attention with one head has two.
 *
 * <pre>
 * before: y = Transpose[0, 2, 1, 3](x)      x (?, ?, 1, 32)
 * after:  y = Reshape[copy, 1, infer, 32](x)
 * </pre>
 *
 * Does not fire if two unknown sizes would have to be inferred.
 */
final class TransposesAsReshapes implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      if (node.op() instanceof ShapeOp.Transpose transpose) {
        List<Long> dims = node.inputs().get(0).type().dims();
        List<Integer> moving = transpose.perm().stream().filter(a -> dims.get(a) != 1).toList();
        List<Long> sizes = sizes(transpose.perm(), dims);
        if (isAscending(moving) && sizes.stream().filter(s -> s == Op.INFER).count() <= 1) {
          edit.define(node.output(), new ShapeOp.Reshape(sizes), node.inputs(), node.source());
        }
      }
    }
    return edit.graph();
  }

  private static boolean isAscending(List<Integer> axes) {
    return axes.equals(axes.stream().sorted().toList());
  }

  private static List<Long> sizes(List<Integer> perm, List<Long> dims) {
    List<Long> sizes = new ArrayList<>();
    for (int i = 0; i < perm.size(); i++) {
      long size = dims.get(perm.get(i));
      sizes.add(size != Type.DYNAMIC ? size : perm.get(i) == i ? Op.COPY : Op.INFER);
    }
    return sizes;
  }
}
