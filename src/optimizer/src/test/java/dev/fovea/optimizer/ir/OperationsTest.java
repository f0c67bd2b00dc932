package dev.fovea.optimizer.ir;

import static dev.fovea.optimizer.ir.OperationCase.array;
import static dev.fovea.optimizer.ir.OperationCase.dims;
import static dev.fovea.optimizer.ir.OperationCase.floats;
import static dev.fovea.optimizer.ir.OperationCase.longs;
import static dev.fovea.optimizer.ir.OperationCase.run;
import static dev.fovea.optimizer.ir.OperationCase.square;
import static dev.fovea.optimizer.ir.OperationCase.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.OperationCase.Array;
import dev.fovea.optimizer.ir.RecurrentOp.Recurrent;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operation against a result by hand, and its inferred type against that of the result. */
class OperationsTest {
  private static final long[] NONE = {};
  private static final List<Long> ONES = List.of(1L, 1L);
  private static final List<Long> TWOS = List.of(2L, 2L);
  private static final List<Long> UNPADDED = List.of(0L, 0L, 0L, 0L);
  private static final List<Long> AROUND = List.of(1L, 1L, 1L, 1L);
  private static final List<Long> TOP_RIGHT = List.of(1L, 0L, 0L, 1L);
  private static final Array IMAGE = floats(dims(1, 1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9);
  private static final Array MATRIX = floats(dims(2, 3), 1, 2, 3, 4, 5, 6);

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void operationGivesTheResultByHandAndTheInferredType(OperationCase example) {
    NDList operands = new NDList();
    example.operands().forEach(array -> operands.add(array.in(manager)));
    int before = manager.getManagedArrays().size();
    NDArray actual = Interpreter.apply(example.op(), operands);
    assertThat(manager.getManagedArrays()).as("operands and result").hasSize(before + 1);
    NDArray expected = example.expected().in(manager);
    assertThat(actual.getShape()).isEqualTo(expected.getShape());
    assertThat(actual.getDataType()).isEqualTo(expected.getDataType());
    assertThat(values(actual)).containsExactly(values(expected), within(2e-6));
    List<Type> types = operands.stream().map(OperationsTest::type).toList();
    Type inferred = TypeInference.infer(example.op(), types);
    assertThat(inferred.accepts(type(actual))).as("%s accepts %s", inferred, actual).isTrue();
    boolean open = example.op().toString().matches(".*sizes=.*" + Op.FROM_INPUT + ".*");
    assertThat(inferred.isStatic()).isNotEqualTo(open);
  }

  private static Offset<Double> within(double tolerance) {
    return Offset.offset(tolerance);
  }

  private static double[] values(NDArray array) {
    return array.toType(DataType.FLOAT64, true).toDoubleArray();
  }

  private static Type type(NDArray array) {
    return Type.of(array.getDataType(), array.getShape().getShape());
  }

  @Test
  void everyOperationHasACase() {
    Set<Class<?>> tested = cases().map(c -> c.op().getClass()).collect(Collectors.toSet());
    Set<Class<?>> all =
        Stream.of(Op.class.getPermittedSubclasses())
            .flatMap(group -> Stream.of(group.getPermittedSubclasses()))
            .collect(Collectors.toSet());
    assertThat(tested).isEqualTo(all);
  }

  @Test
  void everyKindHasACase() {
    assertThat(kinds(ElementOp.Unary.class, ElementOp.Unary::kind))
        .containsAll(EnumSet.allOf(ElementOp.Unary.Kind.class));
    assertThat(kinds(ElementOp.Binary.class, ElementOp.Binary::kind))
        .containsAll(EnumSet.allOf(ElementOp.Binary.Kind.class));
    assertThat(kinds(ReductionOp.Reduce.class, ReductionOp.Reduce::kind))
        .containsAll(EnumSet.allOf(ReductionOp.Reduce.Kind.class));
    assertThat(kinds(LayerOp.Resize.class, LayerOp.Resize::mode))
        .containsAll(EnumSet.allOf(LayerOp.Resize.Mode.class));
    assertThat(kinds(ElementOp.Compare.class, ElementOp.Compare::kind))
        .containsAll(EnumSet.allOf(ElementOp.Compare.Kind.class));
    assertThat(kinds(ElementOp.Logic.class, ElementOp.Logic::kind))
        .containsAll(EnumSet.allOf(ElementOp.Logic.Kind.class));
    assertThat(kinds(Recurrent.class, Recurrent::kind))
        .containsAll(EnumSet.allOf(Recurrent.Kind.class));
  }

  private static <T, K> Set<K> kinds(Class<T> type, Function<T, K> kind) {
    return cases()
        .filter(c -> type.isInstance(c.op()))
        .map(c -> kind.apply(type.cast(c.op())))
        .collect(Collectors.toSet());
  }

  @Test
  void resizeThatTheEngineWouldBlurIsRefused() {
    NDList image = new NDList(IMAGE.in(manager));
    Op shrinking = new LayerOp.Resize(LayerOp.Resize.Mode.LINEAR, false, TWOS);
    Op aligned = new LayerOp.Resize(LayerOp.Resize.Mode.LINEAR, true, List.of(4L, 4L));
    for (Op op : List.of(shrinking, aligned)) {
      assertThatThrownBy(() -> Interpreter.apply(op, image))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("Resize(mode=LINEAR");
    }
  }

  static Stream<OperationCase> cases() {
    return Stream.of(
            convolutions(),
            arithmetic(),
            truths(),
            functions(),
            selections(),
            sequences(),
            normalizations(),
            shapes(),
            pools(),
            resizes())
        .flatMap(cases -> cases);
  }

  private static Stream<OperationCase> convolutions() {
    Array weight = floats(dims(1, 1, 2, 2), 1, 2, 3, 4);
    Array column = floats(dims(3, 1), 1, 2, 3);
    Array columns = floats(dims(2, 3, 1), 1, 2, 3, 1, 2, 3);
    Array pair = floats(dims(1, 2, 1, 1), 2, 3);
    return Stream.of(
        run(conv(1, UNPADDED, 1, 1), floats(dims(1, 1, 2, 2), 37, 47, 67, 77), IMAGE, weight),
        run(conv(1, UNPADDED, 2, 1), floats(dims(1, 1, 1, 1), 164), IMAGE, weight, vector(100)),
        run(conv(2, TOP_RIGHT, 1, 1), floats(dims(1, 1, 2, 2), 11, 9, 67, 33), IMAGE, weight),
        run(conv(2, AROUND, 2, 1), floats(dims(1, 1, 2, 2), 20, 15, 10, 5), IMAGE, weight),
        run(
            conv(1, UNPADDED, 1, 2),
            floats(dims(1, 2, 1, 1), 6, 15),
            pair,
            floats(dims(2, 1, 1, 1), 3, 5)),
        run(new LayerOp.MatMul(), floats(dims(2, 1), 14, 32), MATRIX, column),
        run(new LayerOp.MatMul(), floats(dims(2, 2, 1), 14, 32, 14, 32), MATRIX, columns));
  }

  private static Op conv(long stride, List<Long> pads, long dilation, long groups) {
    return new LayerOp.Conv(List.of(stride, stride), pads, List.of(dilation, dilation), groups);
  }

  private static Stream<OperationCase> arithmetic() {
    Array row = floats(dims(2, 1), 1, 2);
    ElementOp.Binary add = new ElementOp.Binary(ElementOp.Binary.Kind.ADD);
    return Stream.of(
        binary(ElementOp.Binary.Kind.ADD, 6, 5, 4.5),
        binary(ElementOp.Binary.Kind.SUB, -2, 1, 3.5),
        binary(ElementOp.Binary.Kind.MUL, 8, 6, 2),
        binary(ElementOp.Binary.Kind.DIV, 0.5, 1.5, 8),
        binary(ElementOp.Binary.Kind.POW, 16, 9, 2),
        binary(ElementOp.Binary.Kind.MIN, 2, 2, 0.5),
        binary(ElementOp.Binary.Kind.MAX, 4, 3, 4),
        run(add, floats(dims(2, 3), 2, 3, 4, 6, 7, 8), MATRIX, row),
        unary(ElementOp.Unary.Kind.RELU, 0, 0.25, 1, 2.5),
        unary(ElementOp.Unary.Kind.GELU, -0.15426877, 0.14967658, 0.84134475, 2.48447584),
        unary(ElementOp.Unary.Kind.SIGMOID, 0.37754067, 0.56217650, 0.73105858, 0.92414182),
        unary(ElementOp.Unary.Kind.TANH, -0.46211716, 0.24491866, 0.76159416, 0.98661430),
        unary(ElementOp.Unary.Kind.ERF, -0.52049988, 0.27632639, 0.84270079, 0.99959305),
        unary(ElementOp.Unary.Kind.EXP, 0.60653066, 1.28402542, 2.71828183, 12.18249396),
        run(new ElementOp.Unary(ElementOp.Unary.Kind.LOG), vector(0, 1), vector(1, Math.E)),
        run(new ElementOp.Unary(ElementOp.Unary.Kind.SQRT), vector(0.5, 3), vector(0.25, 9)),
        unary(ElementOp.Unary.Kind.NEG, 0.5, -0.25, -1, -2.5),
        unary(ElementOp.Unary.Kind.ABS, 0.5, 0.25, 1, 2.5),
        unary(ElementOp.Unary.Kind.SILU, -0.18877033, 0.14054413, 0.73105858, 2.31035455),
        unary(ElementOp.Unary.Kind.FLOOR, -1, 0, 1, 2),
        unary(ElementOp.Unary.Kind.CEIL, 0, 1, 1, 3),
        unary(ElementOp.Unary.Kind.ROUND, 0, 0, 1, 2),
        run(new ElementOp.Clip(-0.5, 1), vector(-0.5, 0, 1), vector(-1, 0, 2)),
        run(new ElementOp.Clip(0, Double.POSITIVE_INFINITY), vector(0, 2), vector(-1, 2)));
  }

  private static Array truths(double... elements) {
    return array(DataType.BOOLEAN, dims(elements.length), elements);
  }

  private static Stream<OperationCase> truths() {
    Array no = truths(0, 0, 1, 1);
    Array yes = truths(0, 1, 0, 1);
    return Stream.of(
        compare(ElementOp.Compare.Kind.EQUAL, 0, 1, 0),
        compare(ElementOp.Compare.Kind.GREATER, 0, 0, 1),
        compare(ElementOp.Compare.Kind.GREATER_OR_EQUAL, 0, 1, 1),
        compare(ElementOp.Compare.Kind.LESS, 1, 0, 0),
        compare(ElementOp.Compare.Kind.LESS_OR_EQUAL, 1, 1, 0),
        run(new ElementOp.Logic(ElementOp.Logic.Kind.AND), truths(0, 0, 0, 1), no, yes),
        run(new ElementOp.Logic(ElementOp.Logic.Kind.OR), truths(0, 1, 1, 1), no, yes),
        run(new ElementOp.Logic(ElementOp.Logic.Kind.XOR), truths(0, 1, 1, 0), no, yes),
        run(new ElementOp.Unary(ElementOp.Unary.Kind.NOT), truths(1, 0), truths(0, 1)),
        run(
            new ElementOp.Where(),
            floats(dims(2, 2), 1, 9, 2, 9),
            truths(1, 0),
            floats(dims(2, 1), 1, 2),
            floats(NONE, 9)));
  }

  private static OperationCase compare(ElementOp.Compare.Kind kind, double... expected) {
    return run(new ElementOp.Compare(kind), truths(expected), vector(1, 2, 3), vector(2, 2, 2));
  }

  private static Stream<OperationCase> functions() {
    double[] xs = {-0.75, 0, 0.5};
    return Stream.of(
        function(ElementOp.Unary.Kind.SIN, Math::sin, xs),
        function(ElementOp.Unary.Kind.COS, Math::cos, xs),
        function(ElementOp.Unary.Kind.TAN, Math::tan, xs),
        function(ElementOp.Unary.Kind.ASIN, Math::asin, xs),
        function(ElementOp.Unary.Kind.ACOS, Math::acos, xs),
        function(ElementOp.Unary.Kind.ATAN, Math::atan, xs),
        function(ElementOp.Unary.Kind.SINH, Math::sinh, xs),
        function(ElementOp.Unary.Kind.COSH, Math::cosh, xs),
        function(ElementOp.Unary.Kind.SIGN, Math::signum, xs));
  }

  private static OperationCase function(
      ElementOp.Unary.Kind kind, DoubleUnaryOperator function, double... xs) {
    double[] expected = Arrays.stream(xs).map(function).toArray();
    return run(new ElementOp.Unary(kind), vector(expected), vector(xs));
  }

  private static Stream<OperationCase> selections() {
    Array rows = floats(dims(2, 3), 2, 9, 4, 7, 1, 8);
    Array places = longs(dims(2, 2), 2, 0, 1, 1);
    return Stream.of(
        run(new ReductionOp.ArgExtreme(1, true), longs(dims(2), 1, 2), rows),
        run(new ReductionOp.ArgExtreme(0, false), longs(dims(3), 0, 1, 0), rows),
        run(new ReductionOp.CumSum(1), floats(dims(2, 3), 2, 11, 15, 7, 8, 16), rows),
        run(new ReductionOp.CumSum(0), longs(dims(2, 1), 1, 3), longs(dims(2, 1), 1, 2)),
        run(new IndexOp.GatherElements(1), floats(dims(2, 2), 4, 2, 1, 1), rows, places),
        run(
            new IndexOp.Sort(1, false, IndexOp.Sort.ALL, false),
            floats(dims(2, 3), 2, 4, 9, 1, 7, 8),
            rows),
        run(
            new IndexOp.Sort(1, true, IndexOp.Sort.ALL, true),
            longs(dims(2, 3), 1, 2, 0, 2, 0, 1),
            rows),
        run(new IndexOp.Sort(1, true, 2, false), floats(dims(2, 2), 9, 4, 8, 7), rows),
        run(new IndexOp.Sort(0, false, 1, true), longs(dims(1, 3), 0, 1, 0), rows));
  }

  /** One step, one cell: each gate by hand, from x = 1, the state 0.5 and the cell 0.25. */
  private static Stream<OperationCase> sequences() {
    Array x = floats(dims(1, 1, 1), 1);
    Array state = floats(dims(1, 1, 1), 0.5);
    double input = sigmoid(0.1 + 0.5 * 0.5 + 0.01);
    double forget = sigmoid(0.2 + 0.6 * 0.5 + 0.02);
    double candidate = Math.tanh(0.3 + 0.7 * 0.5 + 0.03);
    double output = sigmoid(0.4 + 0.8 * 0.5 + 0.04);
    double cell = forget * 0.25 + input * candidate;
    double reset = sigmoid(0.1 + 0.4 * 0.5 + 0.01);
    double update = sigmoid(0.2 + 0.5 * 0.5 + 0.02);
    double fresh = Math.tanh(0.3 + 0.03 + reset * (0.6 * 0.5 + 0.06));
    Array[] lstm = {
      x,
      floats(dims(1, 4, 1), 0.1, 0.2, 0.3, 0.4),
      floats(dims(1, 4, 1), 0.5, 0.6, 0.7, 0.8),
      floats(dims(1, 8), 0.01, 0.02, 0.03, 0.04, 0, 0, 0, 0),
      state,
      floats(dims(1, 1, 1), 0.25)
    };
    Array[] gru = {
      x,
      floats(dims(1, 3, 1), 0.1, 0.2, 0.3),
      floats(dims(1, 3, 1), 0.4, 0.5, 0.6),
      floats(dims(1, 6), 0.01, 0.02, 0.03, 0, 0, 0.06),
      state
    };
    double states = output * Math.tanh(cell);
    double next = (1 - update) * fresh + update * 0.5;
    return Stream.of(
        run(recurrent(Recurrent.Kind.LSTM), floats(dims(1, 1, 1, 1), states), lstm),
        run(
            new Recurrent(Recurrent.Kind.LSTM, false, Recurrent.Result.LAST_CELL),
            floats(dims(1, 1, 1), cell),
            lstm),
        run(recurrent(Recurrent.Kind.GRU), floats(dims(1, 1, 1, 1), next), gru),
        simple(Recurrent.Kind.TANH, Math.tanh(-2 + 3 * 0.5 + 0.25)),
        simple(Recurrent.Kind.RELU, 0));
  }

  private static Op recurrent(Recurrent.Kind kind) {
    return new Recurrent(kind, false, Recurrent.Result.STATES);
  }

  private static OperationCase simple(Recurrent.Kind kind, double expected) {
    return run(
        recurrent(kind),
        floats(dims(1, 1, 1, 1), expected),
        floats(dims(1, 1, 1), 1),
        floats(dims(1, 1, 1), -2),
        floats(dims(1, 1, 1), 3),
        floats(dims(1, 2), 0.25, 0),
        floats(dims(1, 1, 1), 0.5));
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static OperationCase binary(ElementOp.Binary.Kind kind, double... expected) {
    return run(new ElementOp.Binary(kind), vector(expected), vector(2, 3, 4), vector(4, 2, 0.5));
  }

  private static OperationCase unary(ElementOp.Unary.Kind kind, double... expected) {
    return run(new ElementOp.Unary(kind), vector(expected), vector(-0.5, 0.25, 1, 2.5));
  }

  private static Stream<OperationCase> normalizations() {
    Array odds = vector(0, Math.log(3));
    Array rows = floats(dims(2, 2), 1, 3, 5, 9);
    Array pixel = floats(dims(1, 2, 1, 1), 5, 8);
    Array[] batch = {pixel, vector(1, 2), vector(1, 3), vector(1, 2), vector(1, 1)};
    ReductionOp.Reduce keeping =
        new ReductionOp.Reduce(ReductionOp.Reduce.Kind.SUM, List.of(1), true);
    return Stream.of(
        run(new LayerOp.Softmax(0, false), vector(0.25, 0.75), odds),
        run(new LayerOp.Softmax(0, true), vector(Math.log(0.25), Math.log(0.75)), odds),
        run(
            new LayerOp.LayerNormalization(1, 0),
            floats(dims(2, 2), -1, 5, -1, 5),
            rows,
            vector(2, 3),
            vector(1, 2)),
        run(new LayerOp.BatchNormalization(3), floats(dims(1, 2, 1, 1), 3, 9), batch),
        reduce(ReductionOp.Reduce.Kind.MEAN, 3.5, 5.5),
        reduce(ReductionOp.Reduce.Kind.SUM, 14, 22),
        reduce(ReductionOp.Reduce.Kind.MAX, 6, 8),
        reduce(ReductionOp.Reduce.Kind.MIN, 1, 3),
        reduce(ReductionOp.Reduce.Kind.PROD, 60, 672),
        run(keeping, floats(dims(2, 1), 6, 15), MATRIX));
  }

  private static OperationCase reduce(ReductionOp.Reduce.Kind kind, double... expected) {
    Array cube = floats(dims(2, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8);
    return run(new ReductionOp.Reduce(kind, List.of(0, 2), false), vector(expected), cube);
  }

  private static Stream<OperationCase> shapes() {
    Array three = longs(NONE, 3);
    Array column = floats(dims(2, 1), 1, 2);
    Array between = floats(dims(1, 2, 1), 1, 2);
    Op reshaping = new ShapeOp.Reshape(List.of(Op.COPY, Op.FROM_INPUT, Op.INFER));
    Op tail = new IndexOp.Slice(List.of(1), List.of(-2L), List.of(Long.MAX_VALUE), List.of(1L));
    Op corner = new IndexOp.Slice(List.of(0, 1), List.of(1L, 0L), List.of(9L, -1L), ONES);
    Op skipping = new IndexOp.Slice(List.of(1), List.of(0L), List.of(3L), List.of(2L));
    return Stream.of(
        run(new ShapeOp.Reshape(List.of(3L, 2L)), floats(dims(3, 2), 1, 2, 3, 4, 5, 6), MATRIX),
        run(reshaping, floats(dims(2, 3, 1), 1, 2, 3, 4, 5, 6), MATRIX, three),
        run(new ShapeOp.Transpose(List.of(1, 0)), floats(dims(3, 2), 1, 4, 2, 5, 3, 6), MATRIX),
        run(new ShapeOp.Squeeze(List.of(0, 2)), vector(1, 2), between),
        run(new ShapeOp.Unsqueeze(List.of(0, 2)), between, vector(1, 2)),
        run(new ShapeOp.Unsqueeze(List.of()), vector(1, 2), vector(1, 2)),
        run(new IndexOp.Concat(1), floats(dims(2, 4), 1, 2, 3, 1, 4, 5, 6, 2), MATRIX, column),
        run(tail, floats(dims(2, 2), 2, 3, 5, 6), MATRIX),
        run(corner, floats(dims(1, 2), 4, 5), MATRIX),
        run(skipping, floats(dims(2, 2), 1, 3, 4, 6), MATRIX),
        run(new IndexOp.Gather(1), floats(dims(2, 2), 3, 1, 6, 4), MATRIX, longs(dims(2), 2, 0)),
        run(
            new IndexOp.Gather(0),
            floats(dims(1, 2, 3), 4, 5, 6, 1, 2, 3),
            MATRIX,
            longs(dims(1, 2), 1, 0)),
        run(new IndexOp.Gather(0), vector(4, 5, 6), MATRIX, longs(NONE, 1)),
        run(new ElementOp.Cast(DataType.INT64), longs(dims(2), 1, 2), vector(1, 2)),
        run(new ElementOp.Cast(DataType.FLOAT32), vector(1, 2), vector(1, 2)),
        run(
            new ElementOp.QuantizeLinear(DataType.UINT8, Op.PER_TENSOR),
            array(DataType.UINT8, dims(6), 0, 8, 10, 10, 12, 255),
            vector(-9, -1, 0, 0.25, 0.75, 300),
            floats(NONE, 0.5),
            array(DataType.UINT8, NONE, 10)),
        run(
            new ElementOp.DequantizeLinear(0),
            floats(dims(2, 2), 1, -2, 4, -4),
            array(DataType.INT8, dims(2, 2), 2, -4, 3, -1),
            vector(0.5, 2),
            array(DataType.INT8, dims(2), 0, 1)),
        run(
            new ShapeOp.Expand(List.of(2L, 1L, 2L)),
            floats(dims(2, 2, 2), 1, 1, 2, 2, 1, 1, 2, 2),
            column),
        run(new ShapeOp.Expand(List.of(Op.FROM_INPUT)), vector(7, 7, 7), floats(NONE, 7), three),
        run(new ShapeOp.Size(1), three, MATRIX));
  }

  private static Stream<OperationCase> pools() {
    Array negative = floats(dims(1, 1, 3, 3), -1, -2, -3, -4, -5, -6, -7, -8, -9);
    return Stream.of(
        run(new LayerOp.MaxPool(TWOS, TWOS, UNPADDED, false), floats(dims(1, 1, 1, 1), 5), IMAGE),
        run(new LayerOp.MaxPool(TWOS, TWOS, UNPADDED, true), square(5, 6, 8, 9), IMAGE),
        run(new LayerOp.MaxPool(TWOS, TWOS, AROUND, true), square(-1, -2, -4, -5), negative),
        run(new LayerOp.MaxPool(TWOS, TWOS, TOP_RIGHT, false), square(-1, -3, -4, -6), negative),
        run(new LayerOp.AveragePool(TWOS, ONES, UNPADDED, false, true), square(3, 4, 6, 7), IMAGE),
        run(
            new LayerOp.AveragePool(TWOS, TWOS, AROUND, false, true),
            square(.25, 1.25, 2.75, 7),
            IMAGE),
        run(
            new LayerOp.AveragePool(TWOS, TWOS, AROUND, false, false),
            square(1, 2.5, 5.5, 7),
            IMAGE),
        run(
            new LayerOp.AveragePool(TWOS, TWOS, TOP_RIGHT, false, true),
            square(0.75, 0.75, 6, 3.75),
            IMAGE));
  }

  private static Stream<OperationCase> resizes() {
    Array image = square(1, 2, 3, 4);
    LayerOp.Resize.Mode nearest = LayerOp.Resize.Mode.NEAREST;
    LayerOp.Resize.Mode linear = LayerOp.Resize.Mode.LINEAR;
    Op open = new LayerOp.Resize(linear, false, List.of(Op.FROM_INPUT, 2L));
    Array wide = floats(dims(1, 1, 2, 4), 1, 1.25, 1.75, 2, 3, 3.25, 3.75, 4);
    Array tall = floats(dims(1, 1, 4, 2), 1, 2, 1.5, 2.5, 2.5, 3.5, 3, 4);
    // Keys' weights with a = -0.5: w(1/4) = 0.8671875, w(3/4) = 0.2265625, w(5/4) = -0.0703125.
    double outside = -0.0703125 / (0.8671875 - 0.0703125);
    double inside = 0.2265625 / (0.8671875 + 0.2265625);
    return Stream.of(
        run(
            new LayerOp.Resize(nearest, false, List.of(3L, 2L)),
            floats(dims(1, 1, 3, 2), 1, 2, 1, 2, 3, 4),
            image),
        run(new LayerOp.Resize(nearest, false, ONES), floats(dims(1, 1, 1, 1), 1), image),
        run(new LayerOp.Resize(linear, false, List.of(2L, 4L)), wide, image),
        run(open, tall, image, longs(NONE, 4)),
        run(
            new LayerOp.Resize(LayerOp.Resize.Mode.CUBIC, false, List.of(1L, 4L)),
            floats(dims(1, 1, 1, 4), outside, inside, 1 - inside, 1 - outside),
            floats(dims(1, 1, 1, 2), 0, 1)));
  }
}
