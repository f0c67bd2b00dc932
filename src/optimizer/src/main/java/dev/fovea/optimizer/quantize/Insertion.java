package dev.fovea.optimizer.quantize;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
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
 * making a float Gemm of the product; a product of two matrices, as of a classifier's head, gets a
 * third axis for the same reason. The bias of a convolution becomes an int32 in steps of its
 * operands. A sum of what is quantized is quantized too.
 */
final class Insertion {

  /** What is added to the name of a value that was quantized. */
  static final String DEQUANTIZED = ".dequantized";

  private final Graph graph;
  private final Settings settings;
  private final RoundedWeights weights;
  private final @Nullable Calibration calibration; // null: weights only
  private final Map<Value, Layer> layers = new HashMap<>(); // by the result of their node
  private final Map<Value, Layer> biases = new HashMap<>(); // by the result of their Add
  private final Set<Value> ends = new HashSet<>();
  private final Map<Value, List<Node>> readers;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Value, Tensor> constants;
  private final Map<Value, Value> dequantized = new HashMap<>();
  private final Map<Value, Value> read = new HashMap<>(); // what readers of a value now read
  private final Map<Value, float[]> corrections; // of biases, by the result of their layer's node
  private final Map<Value, Value> wide = new HashMap<>(); // matrices with a third axis
  private final Set<String> names = new HashSet<>();
  private int nextId;

  Insertion(
      Graph graph,
      List<Layer> chosen,
      @Nullable Calibration calibration,
      Map<Value, float[]> corrections,
      RoundedWeights weights,
      Settings settings) {
    this.graph = graph;
    this.settings = settings;
    this.weights = weights;
    this.calibration = calibration;
    this.corrections = corrections;
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
        node.inputs().forEach(v -> inputs.set(node.inputs().indexOf(v), dequantized(v, v)));
        ends.add(sumEnd(node));
      }
      emit(node, inputs, layer, bias);
      if (ends.contains(node.output())) {
        read.put(node.output(), dequantized(node.output(), node.output()));
      }
    }
    Set<Value> used = new HashSet<>();
    nodes.forEach(n -> used.addAll(n.inputs()));
    constants.keySet().retainAll(used);
    return new Graph(graph.inputs(), graph.outputs(), nodes, constants);
  }

  private void emit(Node node, List<Value> inputs, @Nullable Layer layer, @Nullable Layer biased) {
    Value output = node.output();
    inputs.replaceAll(v -> biased == null ? v : wide.getOrDefault(v, v));
    boolean flat = calibration != null && (layer != null ? layer.isFlat() : isFlat(biased));
    if (!flat) {
      nodes.add(Node.of(node.op(), inputs, output, node.source()));
      return;
    }
    Value result = value(output.name() + ".wide", wideType(output));
    nodes.add(Node.of(node.op(), inputs, result, node.source()));
    if (layer != null && layer.add() != null) {
      wide.put(output, result); // the bias is added before the axis goes
    } else {
      nodes.add(Node.of(new ShapeOp.Squeeze(List.of(0)), List.of(result), output, node.source()));
    }
  }

  private static boolean isFlat(@Nullable Layer layer) {
    return layer != null && layer.isFlat();
  }

  private static Type wideType(Value matrix) {
    List<Long> dims = new ArrayList<>(matrix.type().dims());
    dims.add(0, 1L);
    return new Type(matrix.type().dataType(), dims);
  }

  private Value widened(Value matrix, String source) {
    return wide.computeIfAbsent(
        matrix,
        m -> {
          Value result = value(m.name() + ".wide", wideType(m));
          nodes.add(Node.of(new ShapeOp.Unsqueeze(List.of(0)), List.of(m), result, source));
          return result;
        });
  }

  private void quantizeOperands(Layer layer, List<Value> inputs) {
    Integers integers = weights.of(layer);
    if (calibration == null) {
      inputs.set(1, weight(layer, integers));
      return;
    }
    Value x = layer.isFlat() ? widened(layer.x(), layer.node().source()) : layer.x();
    inputs.set(0, dequantized(x, layer.x()));
    inputs.set(1, weight(layer, integers));
    if (layer.isConv()) {
      convBias(layer, integers, inputs);
    }
  }

  private void convBias(Layer layer, Integers integers, List<Value> inputs) {
    float @Nullable [] correction = corrections.get(layer.node().output());
    @Nullable Value old = inputs.size() > 2 ? inputs.get(2) : null;
    @Nullable Tensor known = old == null ? null : graph.constants().get(old);
    if ((old == null && correction == null) || (old != null && known == null)) {
      return;
    }
    float[] steps = Integers.floats(integers.scales());
    float[] data = known == null ? new float[steps.length] : Integers.floats(known);
    float scale = range(layer.x()).scale();
    for (int c = 0; c < data.length; c++) {
      data[c] += correction == null ? 0 : correction[c];
      steps[c] *= scale;
    }
    String name = old == null ? layer.weight().name() + ".bias" : old.name();
    Value bias = integerBias(name, data, steps, layer.node().source());
    if (old == null) {
      inputs.add(bias);
    } else {
      inputs.set(2, bias);
    }
  }

  private Value integerBias(String name, float[] data, float[] steps, String source) {
    List<Long> dims = List.of((long) data.length);
    @Nullable Tensor numbers = Integers.bias(data, steps);
    if (numbers == null) {
      return constant(name + ".corrected", Integers.vector(dims, data));
    }
    Value stored = constant(name + ".int32", numbers);
    Value scale = constant(name + ".scale", Integers.vector(dims, steps));
    Value zero = constant(name + ".zero", Integers.bytes(DataType.INT32, dims, 0));
    Value bias = value(name + DEQUANTIZED, Type.of(DataType.FLOAT32, data.length));
    Op op = new ElementOp.DequantizeLinear(0);
    nodes.add(Node.of(op, List.of(stored, scale, zero), bias, source));
    return bias;
  }

  private Value weight(Layer layer, Integers integers) {
    String name = layer.weight().name();
    List<Long> dims = integers.scales().type().dims();
    Value numbers = constant(name + ".int8", integers.numbers());
    Value scale = constant(name + ".scale", integers.scales());
    Value zero = constant(name + ".zero", Integers.bytes(DataType.INT8, dims, 0));
    Value weight = value(name + DEQUANTIZED, layer.weight().type());
    Op op = new ElementOp.DequantizeLinear(layer.weightAxis());
    nodes.add(Node.of(op, List.of(numbers, scale, zero), weight, layer.node().source()));
    return weight;
  }

  private Value bias(Value bias, Layer layer) {
    Tensor old = Objects.requireNonNull(graph.constants().get(bias));
    if (calibration == null || old.type().dataType() != DataType.FLOAT32) {
      return bias;
    }
    float[] data = Integers.floats(old);
    float @Nullable [] correction = corrections.get(layer.node().output());
    for (int i = 0; i < data.length; i++) {
      data[i] += correction == null ? 0 : correction[i];
    }
    List<Long> dims = List.of(1L, 1L, (long) data.length);
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

  private Range range(Value observed) {
    return Objects.requireNonNull(calibration).of(observed).range(settings.preset());
  }

  /** Quantizes a value and back, once, by what was observed of it or of another form of it. */
  private Value dequantized(Value value, Value observed) {
    Value known = dequantized.get(value);
    if (known != null) {
      return known;
    }
    Range range = range(observed);
    Value scale = constant(value.name() + ".scale", scalar(range.scale()));
    Tensor zeroPoint = Integers.bytes(DataType.UINT8, List.of(), range.zeroPoint());
    Value zero = constant(value.name() + ".zero", zeroPoint);
    Value numbers = value(value.name() + ".uint8", new Type(DataType.UINT8, value.type().dims()));
    Value back = value(value.name() + DEQUANTIZED, value.type());
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
