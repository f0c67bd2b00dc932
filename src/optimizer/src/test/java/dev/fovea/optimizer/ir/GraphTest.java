package dev.fovea.optimizer.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GraphTest {
  private static final Type VECTOR = Type.of(DataType.FLOAT32, -1);
  private static final Value X = new Value(0, "x", VECTOR);
  private static final Value Y = new Value(1, "y", VECTOR);
  private static final Value ONE = new Value(2, "one", Type.of(DataType.FLOAT32));
  private static final Op ABS = new ElementOp.Unary(ElementOp.Unary.Kind.ABS);
  private static final Op ADD = new ElementOp.Binary(ElementOp.Binary.Kind.ADD);

  private static Graph graph(List<Value> outputs, Node... nodes) {
    return new Graph(List.of(X), outputs, List.of(nodes), Map.of(ONE, scalar(1)));
  }

  private static Tensor scalar(float value) {
    return Tensor.scalar(DataType.FLOAT32, value);
  }

  @Test
  void textHasOneNodeALineAndNamesConstantsBare() {
    Value cut = new Value(3, "cut", VECTOR);
    Op slice = new IndexOp.Slice(List.of(0), List.of(1L), List.of(Long.MAX_VALUE), List.of(2L));
    Graph graph =
        graph(
            List.of(cut),
            Node.of(ADD, List.of(X, ONE), Y, "stages.0.blocks.1"),
            Node.of(slice, List.of(Y), cut, ""));
    assertThat(graph)
        .hasToString(
            """
            input %x: f32[?]
            %y: f32[?] = Binary(kind=ADD) %x, one  # stages.0.blocks.1
            %cut: f32[?] = Slice(axes=[0], starts=[1], ends=[9223372036854775807], steps=[2]) %y
            output %cut
            constant one: f32[]
            """);
  }

  @Test
  void refusesAValueUsedBeforeItsDefinition() {
    Value z = new Value(3, "z", VECTOR);
    Node first = Node.of(ABS, List.of(Y), z, "stem");
    Node second = Node.of(ABS, List.of(X), Y, "stem");
    assertThatThrownBy(() -> graph(List.of(z), first, second))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("%y is used before it is defined")
        .hasMessageContaining("stem");
  }

  @Test
  void refusesAnUndefinedOutput() {
    assertThatThrownBy(() -> graph(List.of(Y)))
        .hasMessageContaining("%y")
        .hasMessageContaining("the graph's outputs");
  }

  @Test
  void refusesAValueDefinedTwice() {
    Node node = Node.of(ABS, List.of(X), Y, "stem");
    assertThatThrownBy(() -> graph(List.of(Y), node, node)).hasMessageContaining("%y has the id 1");
  }

  @Test
  void refusesTwoValuesOfOneName() {
    Node node = Node.of(ABS, List.of(X), new Value(7, "x", VECTOR), "stem");
    assertThatThrownBy(() -> graph(List.of(X), node)).hasMessageContaining("%x has the name");
  }

  @Test
  void refusesAConstantOfAnotherType() {
    Value wrong = new Value(4, "wrong", Type.of(DataType.FLOAT32, 1));
    assertThatThrownBy(() -> new Graph(List.of(X), List.of(X), List.of(), Map.of(wrong, scalar(1))))
        .hasMessage("Constant %wrong is f32[1], its tensor f32[]");
  }

  @Test
  void refusesAWrongNumberOfOperands() {
    assertThatThrownBy(() -> Node.of(ADD, List.of(X), Y, ""))
        .hasMessageContaining("takes 2 to 2 operands, got [%x]");
    Op open = new ShapeOp.Reshape(List.of(Op.FROM_INPUT));
    assertThatThrownBy(() -> Node.of(open, List.of(X), Y, "")).hasMessageContaining("2 to 2");
  }

  @Test
  void refusesAttributesThatMeanNothing() {
    List<Long> two = List.of(1L, 1L);
    assertThatThrownBy(() -> new LayerOp.Conv(two, List.of(1L, 1L), two, 1))
        .hasMessageContaining("pads");
    assertThatThrownBy(() -> new ShapeOp.Transpose(List.of(0, 0))).hasMessageContaining("perm");
    assertThatThrownBy(() -> new ShapeOp.Reshape(List.of(-1L, -1L)))
        .hasMessageContaining("one INFER");
    assertThatThrownBy(
            () -> new ReductionOp.Reduce(ReductionOp.Reduce.Kind.SUM, List.of(2, 1), true))
        .hasMessageContaining("axes, expected ascending");
    assertThatThrownBy(() -> new LayerOp.Softmax(-1, false)).hasMessageContaining("axis: -1");
    assertThatThrownBy(() -> new ElementOp.Clip(2, 1)).hasMessageContaining("low <= high");
  }

  @Test
  void inferenceRefusesOperandsThatDoNotFit() {
    Type wide = Type.of(DataType.FLOAT32, 2, 3);
    Type whole = Type.of(DataType.INT64, 2, 3);
    assertThatThrownBy(() -> TypeInference.infer(new LayerOp.MatMul(), List.of(wide, wide)))
        .hasMessage("MatMul() does not take [f32[2,3], f32[2,3]]: inner sizes 3 and 2 differ");
    assertThatThrownBy(() -> TypeInference.infer(ADD, List.of(wide, whole)))
        .hasMessageContaining("element types differ");
    assertThatThrownBy(() -> TypeInference.infer(ABS, List.of()))
        .isInstanceOf(RuntimeException.class);
  }

  @Test
  void inferenceKeepsOpenSizesOpen() {
    Type open = Type.of(DataType.FLOAT32, -1, 3, -1, 8);
    List<Long> two = List.of(2L, 2L);
    Op conv = new LayerOp.Conv(two, List.of(1L, 1L, 1L, 1L), List.of(1L, 1L), 1);
    Type weight = Type.of(DataType.FLOAT32, 5, 3, 3, 3);
    assertThat(TypeInference.infer(conv, List.of(open, weight))).hasToString("f32[?,5,?,4]");
    Op flat = new ShapeOp.Reshape(List.of(Op.COPY, Op.INFER, 3L));
    assertThat(TypeInference.infer(flat, List.of(open))).hasToString("f32[?,?,3]");
    assertThat(TypeInference.infer(ADD, List.of(open, Type.of(DataType.FLOAT32, 4, 1))))
        .hasToString("f32[?,3,4,8]");
  }

  @Test
  void tensorReadersDoNotMoveEachOther() {
    Tensor tensor = scalar(3);
    tensor.bytes().getFloat();
    assertThat(tensor.bytes().getFloat()).isEqualTo(3);
    assertThatThrownBy(() -> tensor.bytes().putFloat(1))
        .isInstanceOf(java.nio.ReadOnlyBufferException.class);
  }
}
