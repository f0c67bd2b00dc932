package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * A 1 x 1 convolution of concatenated maps is the sum of one for each map, if some of the maps are
 * enlarged ones: then {@link PointwiseBeforeResize} computes those at their own, lower resolution.
 *
 * <pre>
 * before: y = Conv(Concat[1](Resize(a), b), W, bias)
 * after:  y = Add(Conv(Resize(a), W_a, bias), Conv(b, W_b))      W_a, W_b: the columns of W
 * </pre>
 *
 * More than half of the multiplications of a SegFormer-B0 are saved so. Does not fire without a
 * Resize, or if the concatenated or an enlarged map has another reader.
 */
final class SplitPointwise implements Rewrite {

  private static final Op ADD = new ElementOp.Binary(ElementOp.Binary.Kind.ADD);

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      Pointwise conv = Pointwise.of(edit, node);
      Node concat = conv == null ? null : edit.definition(conv.x(), IndexOp.Concat.class);
      if (conv != null
          && concat != null
          && concat.op().equals(new IndexOp.Concat(1))
          && edit.hasOneReader(conv.x())
          && concat.inputs().size() > 1
          && concat.inputs().stream().allMatch(v -> v.type().dims().get(1) != Type.DYNAMIC)
          && concat.inputs().stream().anyMatch(v -> isEnlarged(edit, v))) {
        split(edit, conv, concat.inputs());
      }
    }
    return edit.graph();
  }

  private static boolean isEnlarged(Edit edit, Value value) {
    return edit.hasOneReader(value) && edit.definition(value, LayerOp.Resize.class) != null;
  }

  private static void split(Edit edit, Pointwise conv, List<Value> maps) {
    Node node = conv.node();
    float[] weights = conv.weights(edit);
    List<Value> terms = new ArrayList<>();
    int from = 0;
    for (Value map : maps) {
      int channels = Math.toIntExact(map.type().dims().get(1));
      float[] part = new float[conv.out() * channels];
      for (int row = 0; row < conv.out(); row++) {
        System.arraycopy(weights, row * conv.in() + from, part, row * channels, channels);
      }
      from += channels;
      Floats columns = new Floats(List.of((long) conv.out(), (long) channels, 1L, 1L), part);
      Value weight = edit.constant(conv.weight().name(), columns.toTensor());
      Value bias = terms.isEmpty() ? conv.bias() : null; // added once
      Value term = edit.value(node.output().name(), node.output().type());
      List<Value> inputs = bias == null ? List.of(map, weight) : List.of(map, weight, bias);
      edit.define(term, node.op(), inputs, node.source());
      terms.add(term);
    }
    Value sum = terms.get(0);
    for (int i = 1; i < terms.size(); i++) {
      boolean last = i == terms.size() - 1;
      Value next = last ? node.output() : edit.value(node.output().name(), node.output().type());
      edit.define(next, ADD, List.of(sum, terms.get(i)), node.source());
      sum = next;
    }
  }
}
