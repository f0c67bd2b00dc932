package dev.fovea.optimizer.quantize;

import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A quantized graph with one half of its rounding taken out again, to measure the other half. */
final class PartlyRounded {

  private PartlyRounded() {}

  /** The weights stay rounded and biases corrected; no activation is. */
  static Graph weights(Graph quantized) {
    Map<Value, Node> definitions = new HashMap<>();
    Map<Value, Value> instead = new HashMap<>();
    List<Node> nodes = new ArrayList<>();
    for (Node node : quantized.nodes()) {
      definitions.put(node.output(), node);
      @Nullable Node quantize = reversed(node, definitions);
      if (quantize != null) {
        Value exact = quantize.inputs().get(0);
        instead.put(node.output(), instead.getOrDefault(exact, exact));
      } else {
        List<Value> inputs = node.inputs().stream().map(v -> instead.getOrDefault(v, v)).toList();
        nodes.add(Node.of(node.op(), inputs, node.output(), node.source()));
      }
    }
    Graph whole = new Graph(quantized.inputs(), quantized.outputs(), nodes, quantized.constants());
    return Calibration.withOutputs(whole, quantized.outputs());
  }

  private static @Nullable Node reversed(Node node, Map<Value, Node> definitions) {
    @Nullable Node quantize =
        node.op() instanceof ElementOp.DequantizeLinear
            ? definitions.get(node.inputs().get(0))
            : null;
    return quantize != null && quantize.op() instanceof ElementOp.QuantizeLinear ? quantize : null;
  }

  /** The activations stay rounded; the weights are those of the float graph. */
  static Graph activations(Graph quantized, Graph exact, List<Layer> layers) {
    Map<String, Value> weights = new HashMap<>();
    layers.forEach(l -> weights.put(l.weight().name() + Insertion.DEQUANTIZED, l.weight()));
    Map<Value, Tensor> constants = new HashMap<>(quantized.constants());
    List<Node> nodes = new ArrayList<>();
    Map<Value, Value> instead = new HashMap<>();
    for (Node node : quantized.nodes()) {
      @Nullable Value weight = weights.get(node.output().name());
      if (weight != null) {
        instead.put(node.output(), weight);
        constants.put(weight, Objects.requireNonNull(exact.constants().get(weight)));
      } else {
        List<Value> inputs = node.inputs().stream().map(v -> instead.getOrDefault(v, v)).toList();
        nodes.add(Node.of(node.op(), inputs, node.output(), node.source()));
      }
    }
    Graph whole = new Graph(quantized.inputs(), quantized.outputs(), nodes, constants);
    return Calibration.withOutputs(whole, quantized.outputs());
  }
}
