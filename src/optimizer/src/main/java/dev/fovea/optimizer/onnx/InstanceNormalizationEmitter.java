package dev.fovea.optimizer.onnx;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a layer normalization of the last axis of (B, ..., C) as {@link
 * NormalizationForm#INSTANCE}: each row of C numbers is one channel of (B, rows, C).
 *
 * <pre>
 * Reshape[0, -1, C] -> InstanceNormalization(ones, zeros) -> Reshape -> Mul(gamma) -> Add(beta)
 * </pre>
 */
final class InstanceNormalizationEmitter {

  private final GraphEmitter graph;
  private final Node node;
  private final Value x;
  private final boolean scaled;
  private final boolean shifted;

  InstanceNormalizationEmitter(GraphEmitter graph, Node node) {
    this.graph = graph;
    this.node = node;
    x = node.inputs().get(0);
    scaled = !graph.isAll(node.inputs().get(1), 1);
    shifted = !graph.isAll(node.inputs().get(2), 0);
  }

  /** Whether a node is to be written, and can be written, in this form. */
  static boolean takes(GraphEmitter graph, Node node) {
    Type type = node.output().type();
    return graph.normalization() == NormalizationForm.INSTANCE
        && node.op() instanceof Op.LayerNormalization norm
        && type.dataType() == DataType.FLOAT32
        && type.rank() >= 3
        && norm.axis() == type.rank() - 1;
  }

  /** What is left to read: no scale of 1, no bias of 0. */
  List<Value> operands() {
    List<Value> operands = new ArrayList<>(List.of(x));
    if (scaled) {
      operands.add(node.inputs().get(1));
    }
    if (shifted) {
      operands.add(node.inputs().get(2));
    }
    return operands;
  }

  String emit(double epsilon) {
    boolean shaped = x.type().rank() > 3;
    String rows =
        shaped ? step("Reshape", x.name(), graph.vector(List.of(0L, -1L, channels()))) : x.name();
    String count = isStatic() ? null : count(rows);
    String y =
        node(
            "InstanceNormalization",
            shaped || scaled || shifted,
            List.of(rows, filled(1, count), filled(0, count)),
            Attributes.real("epsilon", epsilon));
    if (shaped) {
      y = node("Reshape", scaled || shifted, List.of(y, shape()));
    }
    if (scaled) {
      y = node("Mul", shifted, List.of(y, node.inputs().get(1).name()));
    }
    if (shifted) {
      y = node("Add", false, List.of(y, node.inputs().get(2).name()));
    }
    return y;
  }

  private long channels() {
    return x.type().dims().get(x.type().rank() - 1);
  }

  private List<Long> between() {
    return x.type().dims().subList(1, x.type().rank() - 1);
  }

  private boolean isStatic() {
    return between().stream().noneMatch(d -> d == Type.DYNAMIC);
  }

  /** The number of rows of an image, as a vector, where it is not known yet. */
  private String count(String rows) {
    String output = graph.between(node.output(), "Shape");
    graph.node(
        "Shape",
        node.source(),
        List.of(rows),
        output,
        List.of(Attributes.integer("start", 1), Attributes.integer("end", 2)));
    return output;
  }

  private String filled(float number, @Nullable String count) {
    if (count != null) {
      return step("Expand", graph.scalar(DataType.FLOAT32, number), count);
    }
    int rows = between().stream().mapToInt(Math::toIntExact).reduce(1, Math::multiplyExact);
    ByteBuffer bytes = ByteBuffer.allocate(rows * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < rows; i++) {
      bytes.putFloat(number);
    }
    Tensor vector = new Tensor(Type.of(DataType.FLOAT32, rows), bytes.flip());
    return graph.literal(vector, "float32 " + number + " x " + rows);
  }

  private String shape() {
    List<Long> dims = x.type().dims();
    long open = dims.stream().filter(d -> d == Type.DYNAMIC).count();
    if (open > 1) {
      return step("Shape", x.name());
    }
    return graph.vector(dims.stream().map(d -> d == Type.DYNAMIC ? -1L : d).toList());
  }

  private String step(String opType, String... operands) {
    return node(opType, true, List.of(operands));
  }

  private String node(
      String opType, boolean more, List<String> operands, AttributeProto... attributes) {
    String output = more ? graph.between(node.output(), opType) : node.output().name();
    graph.node(opType, node.source(), operands, output, List.of(attributes));
    return output;
  }
}
