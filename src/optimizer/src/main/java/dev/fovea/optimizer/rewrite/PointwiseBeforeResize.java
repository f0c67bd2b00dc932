package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * A 1 x 1 convolution of an enlarged image is computed before it is enlarged, on fewer pixels.
 *
 * <pre>
 * before: y = Conv(Resize(x), W, b)
 * after:  y = Resize(Conv(x, W, b))
 * </pre>
 *
 * The two commute: one mixes channels, the other pixels, and the weights of a Resize sum to 1, so
 * the bias stays what it is. Does not fire if the image is known to shrink or has another reader.
 */
final class PointwiseBeforeResize implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      Pointwise conv = Pointwise.of(edit, node);
      Node resize = conv == null ? null : edit.definition(conv.x(), LayerOp.Resize.class);
      if (conv != null && resize != null && edit.hasOneReader(conv.x()) && !shrinks(resize)) {
        swap(edit, conv, resize);
      }
    }
    return edit.graph();
  }

  private static boolean shrinks(Node resize) {
    List<Long> before = resize.inputs().get(0).type().dims();
    List<Long> after = resize.output().type().dims();
    for (int axis = 2; axis < 4; axis++) {
      boolean known = before.get(axis) != Type.DYNAMIC && after.get(axis) != Type.DYNAMIC;
      if (known && after.get(axis) < before.get(axis)) {
        return true;
      }
    }
    return false;
  }

  private static void swap(Edit edit, Pointwise conv, Node resize) {
    Node node = conv.node();
    Value x = resize.inputs().get(0);
    List<Long> dims = new ArrayList<>(x.type().dims());
    dims.set(1, (long) conv.out());
    Value small = edit.value(node.output().name(), new Type(x.type().dataType(), dims));
    List<Value> inputs = new ArrayList<>(node.inputs());
    inputs.set(0, x);
    edit.define(small, node.op(), inputs, node.source());
    List<Value> sizes = new ArrayList<>(resize.inputs());
    sizes.set(0, small);
    edit.define(node.output(), resize.op(), sizes, resize.source());
  }
}
