package dev.fovea.optimizer.quantize;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the graph again with a quantization and its reverse around each chosen layer, in the form
 * that both ONNX Runtime and OpenVINO compute in integers.
 *
 * <pre>
 * before: y = Add(MatMul(x, W), b)
 * after:  y = Add(MatMul(Dequantize(Quantize(x)), Dequantize(W8)), b)       b (1, 1, N)
 * before: y = Relu(Conv(x, W, b))
 * after:  y = Dequantize(Quantize(Relu(Conv(Dequantize(Quantize(x)), Dequantize(W8), b))))
 * </pre>
 *
 * One tensor is quantized once, for all its readers. A bias with three axes keeps ONNX Runtime from
 * making a float Gemm of the product. A sum of what is quantized is quantized too.
 */
final class Insertion {

  private final Graph graph;
  private final Settings settings;
  private final @Nullable Calibration calibration; // null: weights only
  private final Map<Value, Layer> layers = new HashMap<>(); // by the result of their node
  private final Map<Value, Layer> biases = new HashMap<>(); // by the result of their Add
  private final Set<Value> ends = new HashSet<>();
  private final Map<Value, List<Node>> readers;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Value, Tensor> constants;
  private final Map<Value, Value> dequantized = new HashMap<>();
  private final Map<Value, Value> read = new HashMap<>(); // what readers of a value now read
  private final Map<Value, float[]> corrections = new HashMap<>(); // by the result of their node
  private final Set<String> names = new HashSet<>();
  private int nextId;

  Insertion(Graph graph, List<Layer> chosen, @Nullable Calibration calibration, Settings settings) {
    this.graph = graph;
    this.settings = settings;
    this.calibration = calibration;
    readers = Layer.readers(graph);
    constants = new HashMap<>(graph.constants());
    for (Layer layer : chosen) {
      layers.put(layer.node().output(), layer);
      if (layer.add() != null) {
        biases.put(layer.add().output(), layer);
      }
      if (layer.isConv() && calibration != null) {
        ends.add(layer.end());
      }
    }
    graph.inputs().forEach(this::register);
    graph.constants().keySet().forEach(this::register);
    graph.nodes().forEach(n -> register(n.output()));
  }

  private void register(Value value) {
    nextId = Math.max(nextId, value.id() + 1);
    names.add(value.name());
  }

  Graph graph() {
    for (Node node : graph.nodes()) {
      List<Value> inputs = new ArrayList<>(node.inputs());
      inputs.replaceAll(v -> read.getOrDefault(v, v));
      Layer layer = layers.get(node.output());
      Layer bias = biases.get(node.output());
      if (layer != null) {
        quantizeOperands(layer, inputs);
      } else if (bias != null) {
        inputs.replaceAll(v -> graph.constants().containsKey(v) ? bias(v, bias) : v);
      } else if (isSum(node)) {
        node.inputs().forEach(v -> inputs.set(node.inputs().indexOf(v), dequantized(v)));
        ends.add(sumEnd(node));
      }
      nodes.add(Node.of(node.op(), inputs, node.output(), node.source()));
      if (ends.contains(node.output())) {
        read.put(node.output(), dequantized(node.output()));
      }
    }
    Set<Value> used = new HashSet<>();
    nodes.forEach(n -> used.addAll(n.inputs()));
    constants.keySet().retainAll(used);
    return new Graph(graph.inputs(), graph.outputs(), nodes, constants);
  }

  private void quantizeOperands(Layer layer, List<Value> inputs) {
    if (calibration != null) {
      inputs.set(0, dequantized(layer.x()));
    }
    Tensor weight = Objects.requireNonNull(graph.constants().get(layer.weight()));
    Integers integers = Integers.of(weight, layer.weightAxis(), settings.reducedRange() ? 63 : 127);
    inputs.set(1, weight(layer, integers));
    if (calibration != null && settings.biasCorrection()) {
      double[] means = calibration.of(layer.x()).channelMeans();
      float[] correction = BiasCorrection.of(layer, Integers.floats(integers.error()), means);
      corrections.put(layer.node().output(), correction);
      if (layer.isConv() && inputs.size() > 2) {
        inputs.set(2, corrected(inputs.get(2), correction, inputs.get(2).type().dims()));
      }
    }
  }

  private Value weight(Layer layer, Integers integers) {
    String name = layer.weight().name();
    List<Long> dims = integers.scales().type().dims();
    Value numbers = constant(name + ".int8", integers.numbers());
    Value scale = constant(name + ".scale", integers.scales());
    Value zero = constant(name + ".zero", Integers.bytes(DataType.INT8, dims, 0));
    Value weight = value(name + ".dequantized", layer.weight().type());
    Op op = new ElementOp.DequantizeLinear(layer.weightAxis());
    nodes.add(Node.of(op, List.of(numbers, scale, zero), weight, layer.node().source()));
    return weight;
  }

  private Value bias(Value bias, Layer layer) {
    long n = bias.type().dims().get(0);
    boolean wide = layer.x().type().rank() > 2 && calibration != null;
    List<Long> dims = wide ? List.of(1L, 1L, n) : List.of(n);
    float[] none = new float[Math.toIntExact(n)];
    return corrected(bias, corrections.getOrDefault(layer.node().output(), none), dims);
  }

  private Value corrected(Value bias, float[] correction, List<Long> dims) {
    Tensor old = graph.constants().get(bias);
    if (old == null || old.type().dataType() != DataType.FLOAT32) {
      return bias;
    }
    float[] data = Integers.floats(old);
    for (int i = 0; i < data.length; i++) {
      data[i] += correction[i];
    }
    return constant(bias.name() + ".corrected", Integers.vector(dims, data));
  }

  /**
   * A sum of two tensors of which one is a quantized layer's and the other is quantized as well.
   */
  private boolean isSum(Node node) {
    return calibration != null
        && node.op().equals(new ElementOp.Binary(ElementOp.Binary.Kind.ADD))
        && node.inputs().stream().allMatch(dequantized::containsKey)
        && node.inputs().stream().anyMatch(read::containsKey)
        && !graph.outputs().contains(sumEnd(node));
  }

  private Value sumEnd(Node node) {
    return sumEnd(node, readers);
  }

  static Value sumEnd(Node node, Map<Value, List<Node>> readers) {
    List<Node> next = readers.getOrDefault(node.output(), List.of());
    boolean bound = next.size() == 1 && Layer.isBound(next.get(0).op());
    return bound ? next.get(0).output() : node.output();
  }

  /** Quantizes a value and back, once. */
  private Value dequantized(Value value) {
    Value known = dequantized.get(value);
    if (known != null) {
      return known;
    }
    Range range = Objects.requireNonNull(calibration).of(value).range();
    Value scale = constant(value.name() + ".scale", scalar(range.scale()));
    Tensor zeroPoint = Integers.bytes(DataType.UINT8, List.of(), range.zeroPoint());
    Value zero = constant(value.name() + ".zero", zeroPoint);
    Value numbers = value(value.name() + ".uint8", new Type(DataType.UINT8, value.type().dims()));
    Value back = value(value.name() + ".dequantized", value.type());
    String source = nodes.isEmpty() ? "" : nodes.get(nodes.size() - 1).source();
    Op quantize = new ElementOp.QuantizeLinear(DataType.UINT8, Op.PER_TENSOR);
    Op reverse = new ElementOp.DequantizeLinear(Op.PER_TENSOR);
    nodes.add(Node.of(quantize, List.of(value, scale, zero), numbers, source));
    nodes.add(Node.of(reverse, List.of(numbers, scale, zero), back, source));
    dequantized.put(value, back);
    return back;
  }

  private static Tensor scalar(float number) {
    return Tensor.scalar(DataType.FLOAT32, number);
  }

  private Value constant(String name, Tensor tensor) {
    Value value = value(name, tensor.type());
    constants.put(value, tensor);
    return value;
  }

  private Value value(String name, Type type) {
    String unique = name;
    for (int i = 1; !names.add(unique); i++) {
      unique = name + "_" + i;
    }
    return new Value(nextId++, unique, type);
  }
}
