package dev.fovea.optimizer.quantize;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A convolution or a matrix product with a constant float32 weight.
 *
 * @param node the Conv or MatMul
 * @param add the Add of a MatMul's bias, if there is one
 * @param end the value behind a Conv and its Relu or Clip, which is quantized too; otherwise the
 *     node's result
 */
record Layer(Node node, @Nullable Node add, Value end) {

  private static final long LARGE_KERNEL = 5;

  boolean isConv() {
    return node.op() instanceof LayerOp.Conv;
  }

  Value x() {
    return node.inputs().get(0);
  }

  Value weight() {
    return node.inputs().get(1);
  }

  /** Whether it multiplies two matrices, such as the head of a classifier. */
  boolean isFlat() {
    return !isConv() && x().type().rank() == 2;
  }

  /** The value that the bias has been added to. */
  Value biased() {
    return add == null ? node.output() : add.output();
  }

  /** Whether there is a bias, or could be one without a further node. */
  boolean takesBias() {
    return isConv() || add != null;
  }

  /** The axis of the weight that counts what the layer gives. */
  int weightAxis() {
    return isConv() ? 0 : 1;
  }

  /** The axis of x that counts channels. */
  int channelAxis() {
    return isConv() ? 1 : x().type().rank() - 1;
  }

  /** Where it came from, and so its name in patterns and reports. */
  String name() {
    return node.source().isEmpty() ? node.output().name() : node.source();
  }

  /** The layers that run-times compute in integers, in the order of the graph. */
  static List<Layer> of(Graph graph, boolean weightsOnly) {
    Map<Value, List<Node>> readers = readers(graph);
    List<Layer> layers = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Layer layer = of(graph, node, readers);
      if (layer != null && (weightsOnly || layer.paysWithActivations(graph))) {
        layers.add(layer);
      }
    }
    return layers;
  }

  private static @Nullable Layer of(Graph graph, Node node, Map<Value, List<Node>> readers) {
    boolean conv = node.op() instanceof LayerOp.Conv;
    if (!conv && !(node.op() instanceof LayerOp.MatMul)) {
      return null;
    }
    Value weight = node.inputs().get(1);
    if (!graph.constants().containsKey(weight)
        || weight.type().dataType() != DataType.FLOAT32
        || (!conv && weight.type().rank() != 2)) {
      return null;
    }
    Value result = node.output();
    List<Node> next = readers.getOrDefault(result, List.of());
    boolean one = next.size() == 1 && !graph.outputs().contains(result);
    if (conv) {
      return new Layer(
          node, null, one && isBound(next.get(0).op()) ? next.get(0).output() : result);
    }
    return new Layer(node, one && isBias(graph, next.get(0), weight) ? next.get(0) : null, result);
  }

  private static boolean isBias(Graph graph, Node add, Value weight) {
    return add.op().equals(new ElementOp.Binary(ElementOp.Binary.Kind.ADD))
        && add.inputs().stream()
            .anyMatch(
                v ->
                    graph.constants().containsKey(v)
                        && v.type().dims().equals(List.of(weight.type().dims().get(1))));
  }

  static boolean isBound(Op op) {
    return op instanceof ElementOp.Clip
        || op.equals(new ElementOp.Unary(ElementOp.Unary.Kind.RELU));
  }

  /**
   * Not a depthwise convolution with a large kernel, which loses accuracy and gains no time; not a
   * convolution whose result nobody may quantize because the caller gets it.
   */
  private boolean paysWithActivations(Graph graph) {
    if (node.op() instanceof LayerOp.Conv conv) {
      boolean depthwise = conv.groups() > 1 && weight().type().dims().get(1) == 1;
      return !(depthwise && weight().type().dims().get(2) >= LARGE_KERNEL)
          && !graph.outputs().contains(end);
    }
    return x().type().rank() >= 2;
  }

  static Map<Value, List<Node>> readers(Graph graph) {
    Map<Value, List<Node>> readers = new HashMap<>();
    for (Node node : graph.nodes()) {
      node.inputs().forEach(v -> readers.computeIfAbsent(v, k -> new ArrayList<>()).add(node));
    }
    return readers;
  }
}
