package dev.fovea.optimizer.backend.openvino;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Leaves the result of a convolution in float where nothing computes with its integers. ONNX
 * Runtime needs the quantization behind the convolution, OpenVINO does not; and where sizes are
 * open and the processor has AVX2 alone, OpenVINO 2026.4 adds the bias of the first channel to all
 * channels there.
 *
 * <pre>
 * before: y = LayerNormalization(Dequantize(Quantize(Conv(x8, W8, b))))
 * after:  y = LayerNormalization(Conv(x8, W8, b))
 * </pre>
 */
final class FloatResults {

  private FloatResults() {}

  static Graph of(Graph graph) {
    Map<Value, Node> definitions = new HashMap<>();
    Set<Value> computedWith = new HashSet<>(graph.outputs());
    for (Node node : graph.nodes()) {
      definitions.put(node.output(), node);
      if (node.op() instanceof LayerOp.Conv
          || node.op() instanceof LayerOp.MatMul
          || node.op() instanceof ElementOp.Binary) {
        computedWith.addAll(node.inputs());
      }
    }
    Map<Value, Value> instead = new HashMap<>();
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      @Nullable Node quantize =
          node.op() instanceof ElementOp.DequantizeLinear
              ? definitions.get(node.inputs().get(0))
              : null;
      if (quantize != null
          && quantize.op() instanceof ElementOp.QuantizeLinear
          && isConv(definitions.get(quantize.inputs().get(0)))
          && !computedWith.contains(node.output())) {
        instead.put(node.output(), quantize.inputs().get(0));
      } else {
        List<Value> inputs = node.inputs().stream().map(v -> instead.getOrDefault(v, v)).toList();
        nodes.add(Node.of(node.op(), inputs, node.output(), node.source()));
      }
    }
    return instead.isEmpty() ? graph : withoutUnread(graph, nodes);
  }

  private static boolean isConv(@Nullable Node node) {
    return node != null && node.op() instanceof LayerOp.Conv;
  }

  private static Graph withoutUnread(Graph graph, List<Node> nodes) {
    Set<Value> read = new HashSet<>(graph.outputs());
    nodes.forEach(n -> read.addAll(n.inputs()));
    List<Node> kept = nodes.stream().filter(n -> read.contains(n.output())).toList();
    read.clear();
    kept.forEach(n -> read.addAll(n.inputs()));
    Map<Value, Tensor> constants = new HashMap<>(graph.constants());
    constants.keySet().removeIf(v -> !read.contains(v) && !graph.outputs().contains(v));
    return new Graph(graph.inputs(), graph.outputs(), kept, constants);
  }
}
