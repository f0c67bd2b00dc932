package dev.fovea.optimizer.onnx;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.OpVisitor;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What each operation becomes in ONNX, down to the tensor that holds the result; the attributes are
 * those of the <a href="https://github.com/onnx/onnx/blob/rel-1.12.0/docs/Operators.md">operators
 * of set 17</a>.
 */
final class NodeEmitter implements OpVisitor<String> {

  private final GraphEmitter graph;
  private final Node node;
  private final List<String> inputs;
  private final DataType type;

  NodeEmitter(GraphEmitter graph, Node node) {
    this.graph = graph;
    this.node = node;
    inputs = node.inputs().stream().map(Value::name).toList();
    type = node.inputs().get(0).type().dataType();
  }

  private String last(String opType, List<String> operands, AttributeProto... attributes) {
    graph.node(opType, node.source(), operands, node.output().name(), List.of(attributes));
    return node.output().name();
  }

  /** A node in front of the last one of this operation. */
  private String step(String opType, List<String> operands, AttributeProto... attributes) {
    String output = graph.between(node.output(), opType);
    graph.node(opType, node.source(), operands, output, List.of(attributes));
    return output;
  }

  @Override
  public String conv(Op.Conv op) {
    return last(
        "Conv",
        inputs,
        Attributes.ints("strides", op.strides()),
        Attributes.ints("pads", op.pads()),
        Attributes.ints("dilations", op.dilations()),
        Attributes.integer("group", op.groups()));
  }

  @Override
  public String matMul(Op.MatMul op) {
    return last("MatMul", inputs);
  }

  @Override
  public String binary(Op.Binary op) {
    return last(
        switch (op.kind()) {
          case ADD -> "Add";
          case SUB -> "Sub";
          case MUL -> "Mul";
          case DIV -> "Div";
          case POW -> "Pow";
          case MIN -> "Min";
          case MAX -> "Max";
        },
        inputs);
  }

  @Override
  public String unary(Op.Unary op) {
    return switch (op.kind()) {
      case RELU -> last("Relu", inputs);
      case GELU -> gelu();
      case SIGMOID -> last("Sigmoid", inputs);
      case TANH -> last("Tanh", inputs);
      case ERF -> last("Erf", inputs);
      case EXP -> last("Exp", inputs);
      case LOG -> last("Log", inputs);
      case SQRT -> last("Sqrt", inputs);
      case NEG -> last("Neg", inputs);
      case ABS -> last("Abs", inputs);
      case SILU -> last("Mul", List.of(inputs.get(0), step("Sigmoid", inputs)));
      case FLOOR -> last("Floor", inputs);
      case CEIL -> last("Ceil", inputs);
      case ROUND -> last("Round", inputs);
    };
  }

  /** The operator Gelu exists from set 20 on; run-times recognize these five nodes. */
  private String gelu() {
    String x = inputs.get(0);
    String y = step("Div", List.of(x, graph.scalar(type, Math.sqrt(2))));
    y = step("Erf", List.of(y));
    y = step("Add", List.of(y, graph.scalar(type, 1.0)));
    y = step("Mul", List.of(x, y));
    return last("Mul", List.of(y, graph.scalar(type, 0.5)));
  }

  @Override
  public String clip(Op.Clip op) {
    List<String> operands = new ArrayList<>(inputs);
    operands.add(Double.isInfinite(op.low()) ? "" : graph.scalar(type, op.low()));
    if (!Double.isInfinite(op.high())) {
      operands.add(graph.scalar(type, op.high()));
    }
    return last("Clip", operands);
  }

  @Override
  public String softmax(Op.Softmax op) {
    return last(op.log() ? "LogSoftmax" : "Softmax", inputs, Attributes.integer("axis", op.axis()));
  }

  @Override
  public String layerNormalization(Op.LayerNormalization op) {
    if (InstanceNormalizationEmitter.takes(graph, node)) {
      return new InstanceNormalizationEmitter(graph, node).emit(op.epsilon());
    }
    return last(
        "LayerNormalization",
        inputs,
        Attributes.integer("axis", op.axis()),
        Attributes.real("epsilon", op.epsilon()));
  }

  @Override
  public String batchNormalization(Op.BatchNormalization op) {
    return last("BatchNormalization", inputs, Attributes.real("epsilon", op.epsilon()));
  }

  @Override
  public String reduce(Op.Reduce op) {
    List<Long> axes = longs(op.axes());
    AttributeProto keep = Attributes.integer("keepdims", op.keepDims() ? 1 : 0);
    return switch (op.kind()) {
      case MEAN -> last("ReduceMean", inputs, Attributes.ints("axes", axes), keep);
      case SUM -> last("ReduceSum", List.of(inputs.get(0), graph.vector(axes)), keep);
      case MAX -> last("ReduceMax", inputs, Attributes.ints("axes", axes), keep);
      case MIN -> last("ReduceMin", inputs, Attributes.ints("axes", axes), keep);
      case PROD -> last("ReduceProd", inputs, Attributes.ints("axes", axes), keep);
    };
  }

  @Override
  public String reshape(Op.Reshape op) {
    // 0 and -1 mean in ONNX what COPY and INFER mean here.
    return last("Reshape", List.of(inputs.get(0), sizes(op.sizes(), List.of())));
  }

  @Override
  public String transpose(Op.Transpose op) {
    return last("Transpose", inputs, Attributes.ints("perm", longs(op.perm())));
  }

  @Override
  public String squeeze(Op.Squeeze op) {
    return last("Squeeze", List.of(inputs.get(0), graph.vector(longs(op.axes()))));
  }

  @Override
  public String unsqueeze(Op.Unsqueeze op) {
    return last("Unsqueeze", List.of(inputs.get(0), graph.vector(longs(op.axes()))));
  }

  @Override
  public String concat(Op.Concat op) {
    return last("Concat", inputs, Attributes.integer("axis", op.axis()));
  }

  @Override
  public String slice(Op.Slice op) {
    return last(
        "Slice",
        List.of(
            inputs.get(0),
            graph.vector(op.starts()),
            graph.vector(op.ends()),
            graph.vector(longs(op.axes())),
            graph.vector(op.steps())));
  }

  @Override
  public String gather(Op.Gather op) {
    return last("Gather", inputs, Attributes.integer("axis", op.axis()));
  }

  @Override
  public String resize(Op.Resize op) {
    String x = inputs.get(0);
    List<Long> dims = node.inputs().get(0).type().dims();
    List<String> front = // batch and channels stay
        dims.get(0) >= 0 && dims.get(1) >= 0
            ? List.of(graph.vector(dims.subList(0, 2)))
            : List.of(step("Shape", List.of(x), Attributes.integer("end", 2)));
    List<String> operands = List.of(x, "", "", sizes(op.sizes(), front));
    String coordinates = op.alignCorners() ? "align_corners" : "half_pixel";
    return switch (op.mode()) {
      case NEAREST ->
          last(
              "Resize",
              operands,
              Attributes.text("mode", "nearest"),
              Attributes.text("coordinate_transformation_mode", "asymmetric"),
              Attributes.text("nearest_mode", "floor"));
      case LINEAR ->
          last(
              "Resize",
              operands,
              Attributes.text("mode", "linear"),
              Attributes.text("coordinate_transformation_mode", coordinates));
      case CUBIC ->
          last(
              "Resize",
              operands,
              Attributes.text("mode", "cubic"),
              Attributes.text("coordinate_transformation_mode", coordinates),
              Attributes.real("cubic_coeff_a", -0.5),
              Attributes.integer("exclude_outside", 1));
    };
  }

  @Override
  public String maxPool(Op.MaxPool op) {
    return last(
        "MaxPool",
        inputs,
        Attributes.ints("kernel_shape", op.kernel()),
        Attributes.ints("strides", op.strides()),
        Attributes.ints("pads", op.pads()),
        Attributes.integer("ceil_mode", op.ceil() ? 1 : 0));
  }

  @Override
  public String averagePool(Op.AveragePool op) {
    return last(
        "AveragePool",
        inputs,
        Attributes.ints("kernel_shape", op.kernel()),
        Attributes.ints("strides", op.strides()),
        Attributes.ints("pads", op.pads()),
        Attributes.integer("ceil_mode", op.ceil() ? 1 : 0),
        Attributes.integer("count_include_pad", op.countPadding() ? 1 : 0));
  }

  @Override
  public String cast(Op.Cast op) {
    return last("Cast", inputs, Attributes.integer("to", GraphEmitter.elementType(op.to())));
  }

  @Override
  public String expand(Op.Expand op) {
    return last("Expand", List.of(inputs.get(0), sizes(op.sizes(), List.of())));
  }

  @Override
  public String size(Op.Size op) {
    String shape = step("Shape", inputs);
    return last(
        "Gather",
        List.of(shape, graph.scalar(DataType.INT64, op.axis())),
        Attributes.integer("axis", 0));
  }

  @Override
  public String quantizeLinear(Op.QuantizeLinear op) {
    return quantization("QuantizeLinear", op.axis());
  }

  @Override
  public String dequantizeLinear(Op.DequantizeLinear op) {
    return quantization("DequantizeLinear", op.axis());
  }

  private String quantization(String opType, int axis) {
    return axis == Op.PER_TENSOR
        ? last(opType, inputs)
        : last(opType, inputs, Attributes.integer("axis", axis));
  }

  /** The vector of sizes behind {@code front}: a constant, or joined from what the inputs give. */
  private String sizes(List<Long> sizes, List<String> front) {
    List<String> parts = new ArrayList<>(front);
    List<Long> literal = new ArrayList<>();
    int next = 1;
    for (long size : sizes) {
      if (size != Op.FROM_INPUT) {
        literal.add(size);
        continue;
      }
      if (!literal.isEmpty()) {
        parts.add(graph.vector(literal));
        literal.clear();
      }
      List<Long> axis = Collections.singletonList(0L);
      parts.add(step("Unsqueeze", List.of(inputs.get(next++), graph.vector(axis))));
    }
    if (!literal.isEmpty()) {
      parts.add(graph.vector(literal));
    }
    if (parts.isEmpty()) {
      return graph.vector(List.of()); // a scalar
    }
    return parts.size() == 1 ? parts.get(0) : step("Concat", parts, Attributes.integer("axis", 0));
  }

  private static List<Long> longs(List<Integer> numbers) {
    return numbers.stream().map(Integer::longValue).toList();
  }
}
