package dev.fovea.optimizer.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be said by a graph is refused by the name of the call, never traced wrongly. */
class RefusalsTest {
  private static final Shape SHAPE = new Shape(1, 4, 6, 8);

  static Stream<Arguments> refused() {
    return Stream.of(
        call("NDManager.randomUniform", x -> x.add(x.getManager().randomUniform(0, 1, SHAPE))),
        call("NDManager.randomNormal", x -> x.add(x.getManager().randomNormal(SHAPE))),
        call("NDManager.create(Shape", x -> x.add(x.getManager().create(SHAPE))),
        call("NDArray.toFloatArray()", x -> x.mul(x.toFloatArray()[0])),
        call("NDArray.getFloat(long[])", x -> x.getFloat(0, 0, 0, 0) > 0 ? x.add(1) : x),
        call("NDArray.contentEquals", x -> x.contentEquals(1) ? x : x.add(1)),
        call("NDArray.toDebugString", x -> x.add(x.toDebugString().length())),
        call("NDArray.nonzero()", NDArray::nonzero),
        call("the size of its result depends on the elements", x -> x.get(x.gt(0))),
        call("the size of its result depends", x -> x.booleanMask(x.gt(0), 0)),
        call("NDArray.erfinv()", NDArray::erfinv),
        call("NDArray.median(int[])", x -> x.median(new int[] {1})),
        call("NDArray.tile(Shape)", x -> x.tile(new Shape(2, 1, 1, 1))),
        call("the Double changes the element type", x -> x.sum().mul(0.5)),
        call("the Float changes", x -> x.toType(DataType.INT64, false).mul(0.5f)),
        call("NDArrayEx.globalLpPool", x -> x.getNDArrayInternal().globalLpPool(2)),
        call("blurs when it shrinks", x -> resize(x, 1, false)),
        call("ignores alignCorners", x -> resize(x, 0, true)),
        call("counts the padding", RefusalsTest::pool),
        call("NDArrayEx.dropout", x -> x.getNDArrayInternal().dropout(x, 0.5f, true).head()),
        call("NDArray.get or set(NDIndex)", x -> x.get(":, null")),
        call("NDArray.get or set(NDIndex)", RefusalsTest::write),
        call("NDArray.addi(Number)", x -> x.addi(1)),
        call("NDArray.muli(NDArray)", RefusalsTest::writeThroughView),
        call("NDArray.reshape", x -> x.reshape(0, -1)));
  }

  private static Arguments call(String message, Function<NDArray, NDArray> call) {
    return Arguments.of(message, call);
  }

  private static NDArray resize(NDArray x, int mode, boolean alignCorners) {
    return x.getNDArrayInternal().interpolation(new long[] {3, 4}, mode, alignCorners);
  }

  private static NDArray pool(NDArray x) {
    Shape three = new Shape(3, 3);
    return Pool.avgPool2d(x, three, new Shape(2, 2), new Shape(1, 1), false, false);
  }

  private static NDArray write(NDArray x) {
    x.set(new NDIndex(":, 1"), 3);
    return x;
  }

  private static NDArray writeThroughView(NDArray x) {
    NDArray y = x.add(1);
    y.reshape(-1).muli(x.reshape(-1));
    return y;
  }

  @ParameterizedTest
  @MethodSource("refused")
  void callIsRefusedByName(String message, Function<NDArray, NDArray> call) {
    assertThatThrownBy(() -> Tracer.trace(Traces.block(call), SHAPE))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusalNamesTheNearestBlock() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Block block =
          new SequentialBlock()
              .add(Linear.builder().setUnits(3).build())
              .add(Traces.block(NDArray::erfinv));
      block.initialize(manager, DataType.FLOAT32, new Shape(1, 5));
      assertThatThrownBy(() -> Tracer.trace(block, new Shape(1, 5)))
          .hasMessage(
              "Cannot trace NDArray.erfinv() near 01Linear: no operation of the graph stands for it");
    }
  }

  @Test
  void parameterWithoutValueIsNamed() {
    Block block = new SequentialBlock().add(Linear.builder().setUnits(3).build());
    assertThatThrownBy(() -> Tracer.trace(block, new Shape(1, 5)))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining("01Linear_weight has no value yet");
  }

  @Test
  void choiceByBatchSizeLeavesTheBatchFixed() {
    Block block = Traces.block(x -> x.size(0) > 2 ? x.add(1) : x.mul(2).add(1));
    assertThat(Tracer.trace(block, SHAPE).inputs().get(0).type()).hasToString("f32[1,4,6,8]");
    assertThatThrownBy(() -> Tracer.traceExactly(block, new Shape(-1, 4)))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining("other things for inputs of another size");
  }

  @Test
  void choiceBySizeThatBothTracesMissIsFoundByVerification() {
    Block block = Traces.block(x -> x.size(0) == 1 ? x.mul(2) : x);
    assertThatThrownBy(() -> Tracer.traceExactly(block, new Shape(-1, 4)))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining("For [f32[1,4]] output 0 differs");
  }

  @Test
  void numberThatDependsOnTheSizeIsRefusedForOpenSizes() {
    Block block = Traces.block(x -> x.mul(1f / x.size(1)));
    assertThatThrownBy(() -> Tracer.traceExactly(block, new Shape(1, -1)))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining("The constant")
        .hasMessageContaining("depends on the size of the input");
    assertThat(Tracer.trace(block, new Shape(1, 8)).inputs().get(0).type()).hasToString("f32[?,8]");
  }

  @Test
  void blockThatChangesFromCallToCallIsRefused() {
    AtomicInteger calls = new AtomicInteger();
    Block block = Traces.block(x -> x.mul(calls.incrementAndGet()));
    assertThatThrownBy(() -> Tracer.traceExactly(block, new Shape(2, 2)))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining("differs by");
  }

  @Test
  void blockThatKeepsAnArrayBetweenCallsIsRefused() {
    List<NDArray> kept = new ArrayList<>();
    Block block =
        Traces.block(
            x -> {
              kept.add(x.mul(2));
              return x.add(kept.get(0));
            });
    assertThatThrownBy(() -> Tracer.trace(block, new Shape(2, 2)))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining("an array of an earlier trace");
  }

  @Test
  void shapeThatTheBlockDoesNotAcceptIsNamed() {
    Block block = Traces.block(x -> x.matMul(x));
    assertThatThrownBy(() -> Tracer.trace(block, new Shape(2, 3)))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining("NDArray.matMul(NDArray)")
        .hasMessageContaining("inner sizes 3 and 2 differ");
  }

  @Test
  void exampleWithAnOpenSizeIsRefused() {
    assertThatThrownBy(() -> Tracer.trace(Traces.block(x -> x), new Shape(-1, 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("traceExactly");
    assertThatThrownBy(() -> Tracer.trace(Traces.block(x -> x)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
