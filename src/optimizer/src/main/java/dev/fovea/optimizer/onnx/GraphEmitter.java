package dev.fovea.optimizer.onnx;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.UnsafeByteOperations;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Builds the protobuf graph: names, types, weights and nodes. What an operation becomes: {@link
 * NodeEmitter}.
 */
final class GraphEmitter {

  private final Graph graph;
  private final WeightStorage storage;
  private final ExternalData external;
  private final NormalizationForm normalization;
  private final GraphProto.Builder proto = GraphProto.newBuilder();
  private final Set<String> names = new HashSet<>(); // of tensors
  private final Set<String> nodeNames = new HashSet<>();
  private final Map<Tensor, String> literals = new HashMap<>();
  private int unnamedAxes;

  GraphEmitter(
      Graph graph, WeightStorage storage, ExternalData external, NormalizationForm normalization) {
    this.normalization = normalization;
    this.graph = graph;
    this.storage = storage;
    this.external = external;
  }

  GraphProto emit() {
    proto.setName("fovea");
    requireComputedOutputs();
    graph.inputs().forEach(v -> names.add(v.name()));
    graph.constants().keySet().forEach(v -> names.add(v.name()));
    graph.nodes().forEach(n -> names.add(n.output().name()));
    for (int i = 0; i < graph.inputs().size(); i++) {
      proto.addInput(valueInfo(graph.inputs().get(i), i == 0));
    }
    Set<Value> read = new HashSet<>();
    graph.nodes().forEach(n -> read.addAll(operands(n)));
    graph.constants().keySet().stream()
        .filter(read::contains)
        .sorted(Comparator.comparingInt(Value::id))
        .forEach(v -> weight(v.name(), tensor(v)));
    for (Node node : graph.nodes()) {
      node.op().accept(new NodeEmitter(this, node));
    }
    graph.outputs().forEach(v -> proto.addOutput(valueInfo(v, false)));
    return proto.build();
  }

  private List<Value> operands(Node node) {
    return InstanceNormalizationEmitter.takes(this, node)
        ? new InstanceNormalizationEmitter(this, node).operands()
        : node.inputs();
  }

  private void requireComputedOutputs() {
    Set<Value> computed = new HashSet<>();
    graph.nodes().forEach(n -> computed.add(n.output()));
    Set<Value> seen = new HashSet<>();
    for (Value output : graph.outputs()) {
      if (!computed.contains(output) || !seen.add(output)) {
        throw new IllegalArgumentException(
            "Output "
                + output
                + (computed.contains(output) ? " is returned twice" : " is not computed by a node")
                + ", which ONNX cannot express");
      }
    }
  }

  private Tensor tensor(Value constant) {
    Tensor tensor = graph.constants().get(constant);
    if (tensor == null) {
      throw new IllegalArgumentException(constant + " has no tensor");
    }
    return tensor;
  }

  NormalizationForm normalization() {
    return normalization;
  }

  /** Whether a value is a float32 constant of this number alone. */
  boolean isAll(Value value, float number) {
    Tensor tensor = graph.constants().get(value);
    if (tensor == null || tensor.type().dataType() != DataType.FLOAT32) {
      return false;
    }
    ByteBuffer bytes = tensor.bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (bytes.getFloat() != number) {
        return false;
      }
    }
    return true;
  }

  private ValueInfoProto valueInfo(Value value, boolean image) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    Type type = value.type();
    for (int axis = 0; axis < type.rank(); axis++) {
      long dim = type.dims().get(axis);
      shape.addDim(
          dim == Type.DYNAMIC
              ? TensorShapeProto.Dimension.newBuilder().setDimParam(axisName(type, axis, image))
              : TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
    }
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder().setElemType(elementType(type.dataType())).setShape(shape);
    return ValueInfoProto.newBuilder()
        .setName(value.name())
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  private String axisName(Type type, int axis, boolean image) {
    if (axis == 0) {
      return "batch";
    }
    if (image && type.rank() == 4 && axis >= 2) {
      return axis == 2 ? "height" : "width";
    }
    return "dim_" + unnamedAxes++;
  }

  /** A weight that is stored in fewer bits is followed by a node that makes it float32 again. */
  private void weight(String name, Tensor tensor) {
    int element = storage.elementType(tensor);
    if (element == elementType(tensor.type().dataType())) {
      initializer(name, tensor);
      return;
    }
    String stored = unique(name + "/" + storage.suffix(), names);
    initializer(stored, element, tensor.type().dims(), storage.narrowed(tensor));
    AttributeProto to = Attributes.integer("to", TensorProto.DataType.FLOAT_VALUE);
    node("Cast", name, List.of(stored), name, List.of(to));
  }

  void initializer(String name, Tensor tensor) {
    Type type = tensor.type();
    initializer(name, elementType(type.dataType()), type.dims(), tensor.bytes());
  }

  private void initializer(String name, int elementType, List<Long> dims, ByteBuffer bytes) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(elementType).addAllDims(dims);
    if (external.takes(bytes)) {
      external.add(tensor, bytes);
    } else {
      tensor.setRawData(UnsafeByteOperations.unsafeWrap(bytes));
    }
    proto.addInitializer(tensor);
  }

  /**
   * The name of a small constant that the translation of an operation needs; equal ones are shared.
   */
  String literal(Tensor tensor, String name) {
    String known = literals.get(tensor);
    if (known == null) {
      known = unique(name, names);
      literals.put(tensor, known);
      initializer(known, tensor);
    }
    return known;
  }

  String vector(List<Long> numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    numbers.forEach(bytes::putLong);
    Type type = Type.of(DataType.INT64, numbers.size());
    return literal(new Tensor(type, bytes.flip()), "int64" + numbers);
  }

  String scalar(DataType type, Number number) {
    return literal(
        Tensor.scalar(type, number), type.name().toLowerCase(java.util.Locale.ROOT) + " " + number);
  }

  /** A name for a tensor between two nodes that stand for one operation. */
  String between(Value output, String opType) {
    return unique(output.name() + "/" + opType, names);
  }

  void node(
      String opType,
      String source,
      List<String> inputs,
      String output,
      List<AttributeProto> attributes) {
    proto.addNode(
        NodeProto.newBuilder()
            .setOpType(opType)
            .setName(unique(source.isEmpty() ? opType : source + "/" + opType, nodeNames))
            .addAllInput(inputs)
            .addOutput(output)
            .addAllAttribute(attributes));
  }

  private static String unique(String name, Set<String> taken) {
    String unique = name;
    for (int i = 1; !taken.add(unique); i++) {
      unique = name + "_" + i;
    }
    return unique;
  }

  static int elementType(DataType type) {
    return switch (type) {
      case FLOAT32 -> TensorProto.DataType.FLOAT_VALUE;
      case FLOAT64 -> TensorProto.DataType.DOUBLE_VALUE;
      case FLOAT16 -> TensorProto.DataType.FLOAT16_VALUE;
      case BFLOAT16 -> TensorProto.DataType.BFLOAT16_VALUE;
      case INT8 -> TensorProto.DataType.INT8_VALUE;
      case UINT8 -> TensorProto.DataType.UINT8_VALUE;
      case INT16 -> TensorProto.DataType.INT16_VALUE;
      case INT32 -> TensorProto.DataType.INT32_VALUE;
      case INT64 -> TensorProto.DataType.INT64_VALUE;
      case BOOLEAN -> TensorProto.DataType.BOOL_VALUE;
      default -> throw new IllegalArgumentException("ONNX export knows no element type " + type);
    };
  }
}
