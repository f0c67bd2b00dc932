package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Interpreter;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.TypeInference;
import dev.fovea.optimizer.ir.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Builds small graphs for tests, with inferred types and seeded random constants. */
public final class TestGraph {

  private final List<Value> inputs = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Value, Tensor> constants = new HashMap<>();
  private final Random random = new Random(42);
  private int id;

  /** A float32 input; -1 is a dynamic axis. */
  public Value input(String name, long... dims) {
    return input(name, Type.of(DataType.FLOAT32, dims));
  }

  public Value input(String name, Type type) {
    Value value = new Value(id++, name, type);
    inputs.add(value);
    return value;
  }

  /** A float32 constant of random elements between 0.5 and 1.5. */
  public Value random(String name, long... dims) {
    float[] data = new float[Math.toIntExact(new Shape(dims).size())];
    for (int i = 0; i < data.length; i++) {
      data[i] = 0.5f + random.nextFloat();
    }
    return constant(name, data, dims);
  }

  public Value constant(String name, float[] data, long... dims) {
    ByteBuffer bytes =
        ByteBuffer.allocate(data.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(data);
    return constant(name, new Tensor(Type.of(DataType.FLOAT32, dims), bytes));
  }

  public Value constant(String name, Tensor tensor) {
    boolean taken = constants.keySet().stream().anyMatch(v -> v.name().equals(name));
    Value value = new Value(id, taken ? name + id : name, tensor.type());
    id++;
    constants.put(value, tensor);
    return value;
  }

  public Value scalar(String name, double value) {
    return constant(name, Tensor.scalar(DataType.FLOAT32, value));
  }

  public Value op(Op op, Value... operands) {
    Type type = TypeInference.infer(op, List.of(operands).stream().map(Value::type).toList());
    Value value = new Value(id++, "v" + id, type);
    nodes.add(Node.of(op, List.of(operands), value, "block" + nodes.size()));
    return value;
  }

  public Value binary(ElementOp.Binary.Kind kind, Value a, Value b) {
    return op(new ElementOp.Binary(kind), a, b);
  }

  public Value unary(ElementOp.Unary.Kind kind, Value x) {
    return op(new ElementOp.Unary(kind), x);
  }

  public Value transpose(Value x, Integer... perm) {
    return op(new ShapeOp.Transpose(List.of(perm)), x);
  }

  public Value reshape(Value x, Long... sizes) {
    return op(new ShapeOp.Reshape(List.of(sizes)), x);
  }

  /** x W + b. */
  public Value linear(String name, Value x, long in, long out) {
    Value product = op(new LayerOp.MatMul(), x, random(name + ".weight", in, out));
    return binary(ElementOp.Binary.Kind.ADD, product, random(name + ".bias", out));
  }

  public Graph build(Value... outputs) {
    return new Graph(inputs, List.of(outputs), nodes, constants);
  }

  /** What each node applies, in order: Add, Conv, Gelu, ... */
  public static List<String> ops(Graph graph) {
    return graph.nodes().stream().map(n -> name(n.op())).toList();
  }

  private static String name(Op op) {
    if (op instanceof ElementOp.Binary binary) {
      return binary.kind().name();
    }
    return op instanceof ElementOp.Unary unary
        ? unary.kind().name()
        : op.getClass().getSimpleName();
  }

  /** Random inputs of the graph, with {@code size} on its dynamic axes. */
  public static NDList randomInputs(Graph graph, NDManager manager, long size) {
    NDList list = new NDList();
    manager.getEngine().setRandomSeed(7);
    for (Value input : graph.inputs()) {
      long[] dims = input.type().dims().stream().mapToLong(d -> d < 0 ? size : d).toArray();
      NDArray array = manager.randomUniform(-1, 1, new Shape(dims));
      list.add(array.toType(input.type().dataType(), false));
    }
    return list;
  }

  public static NDList run(Graph graph, NDManager manager, NDList inputs) {
    try (Interpreter interpreter = new Interpreter(graph, manager)) {
      return interpreter.run(inputs);
    }
  }

  /** Runs both graphs on the same random inputs, in two sizes, and compares every output. */
  public static void assertSameResults(Graph before, Graph after, double tolerance) {
    assertSameResults(before, after, tolerance, 2, 3);
  }

  /** The same with given sizes for the dynamic axes. */
  public static void assertSameResults(Graph before, Graph after, double tolerance, long... sizes) {
    assertThat(after.inputs()).isEqualTo(before.inputs());
    assertThat(after.outputs()).isEqualTo(before.outputs());
    for (long size : sizes) {
      try (NDManager manager = NDManager.newBaseManager()) {
        NDList inputs = randomInputs(before, manager, size);
        assertClose(run(before, manager, inputs), run(after, manager, inputs), tolerance);
      }
    }
  }

  /** |got - expected| within the tolerance times the largest expected value. */
  public static void assertClose(NDList expected, NDList got, double tolerance) {
    assertThat(got).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      NDArray e = expected.get(i);
      NDArray g = got.get(i);
      assertThat(g.getShape()).isEqualTo(e.getShape());
      assertThat(g.getDataType()).isEqualTo(e.getDataType());
      NDArray e64 = e.toType(DataType.FLOAT64, true);
      double scale = Math.max(1e-3, e64.abs().max().toDoubleArray()[0]);
      double difference = g.toType(DataType.FLOAT64, true).sub(e64).abs().max().toDoubleArray()[0];
      assertThat(difference / scale).isLessThanOrEqualTo(tolerance);
    }
  }
}
