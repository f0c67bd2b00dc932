package dev.fovea.optimizer.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InterpreterTest {
  private static final Type VECTOR = Type.of(DataType.FLOAT32, -1);
  private static final Value X = new Value(0, "x", VECTOR);
  private static final Value TWO = new Value(1, "two", Type.of(DataType.FLOAT32));
  private static final Value DIFFERENCE = new Value(2, "difference", VECTOR);
  private static final Value SQUARE = new Value(3, "square", VECTOR);
  private static final Value UNUSED = new Value(4, "unused", VECTOR);

  /** (2 - x)^2; a constant comes first, so that its manager meets every intermediate result. */
  private static final Graph GRAPH = graph(List.of(SQUARE));

  private NDManager manager;

  private static Graph graph(List<Value> outputs) {
    return new Graph(
        List.of(X),
        outputs,
        List.of(
            Node.of(
                new ElementOp.Binary(ElementOp.Binary.Kind.SUB), List.of(TWO, X), DIFFERENCE, ""),
            Node.of(new ElementOp.Unary(ElementOp.Unary.Kind.ABS), List.of(X), UNUSED, ""),
            Node.of(
                new ElementOp.Binary(ElementOp.Binary.Kind.MUL),
                List.of(DIFFERENCE, DIFFERENCE),
                SQUARE,
                "")),
        Map.of(TWO, Tensor.scalar(DataType.FLOAT32, 2)));
  }

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void resultBelongsToTheInputsManagerAndNothingElseIsLeft() {
    try (Interpreter interpreter = new Interpreter(GRAPH, manager);
        NDManager caller = manager.newSubManager()) {
      NDArray x = caller.create(new float[] {1, 5});
      NDArray y = interpreter.run(new NDList(x)).singletonOrThrow();
      assertThat(y.toFloatArray()).containsExactly(1, 9);
      assertThat(y.getManager()).isSameAs(caller);
      assertThat(caller.getManagedArrays()).containsExactlyInAnyOrder(x, y);
    }
  }

  @Test
  void constantsAreFreedWithTheInterpreterAndInputsAreNot() {
    NDArray x = manager.create(new float[] {1});
    int before = manager.getManagedArrays().size();
    try (Interpreter interpreter = new Interpreter(GRAPH, manager)) {
      interpreter.run(new NDList(x)).close();
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
    assertThat(x.isReleased()).isFalse();
  }

  @Test
  void valueIsClosedAfterItsLastReader() {
    assertThat(Interpreter.lastRead(GRAPH, Step.of(GRAPH)))
        .containsExactly(List.of(), List.of(UNUSED, X), List.of(DIFFERENCE));
  }

  @Test
  void outputsMayBeInputsConstantsAndRepeated() {
    try (Interpreter interpreter =
        new Interpreter(graph(List.of(X, TWO, SQUARE, SQUARE)), manager)) {
      NDArray x = manager.create(new float[] {1, 5});
      NDList y = interpreter.run(new NDList(x));
      assertThat(y).hasSize(4);
      assertThat(y.get(2)).isNotSameAs(y.get(3));
      y.get(2).close();
      assertThat(y.get(0).toFloatArray()).containsExactly(1, 5);
      assertThat(y.get(3).toFloatArray()).containsExactly(1, 9);
      y.close();
      assertThat(x.toFloatArray()).containsExactly(1, 5);
      assertThat(interpreter.run(new NDList(x)).get(1).getFloat()).isEqualTo(2);
    }
  }

  @Test
  void concurrentRunsDoNotMix() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Interpreter interpreter = new Interpreter(GRAPH, manager)) {
      List<Callable<float[]>> runs = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        float number = i;
        runs.add(
            () -> {
              try (NDManager own = NDManager.newBaseManager()) {
                NDArray x = own.create(new float[] {number});
                return interpreter.run(new NDList(x)).singletonOrThrow().toFloatArray();
              }
            });
      }
      List<Future<float[]>> results = threads.invokeAll(runs);
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get()).containsExactly((2 - i) * (2 - i));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void noGradientIsRecorded() {
    try (Interpreter interpreter = new Interpreter(GRAPH, manager)) {
      NDArray x = manager.create(new float[] {1});
      x.setRequiresGradient(true);
      assertThat(interpreter.run(new NDList(x)).singletonOrThrow().hasGradient()).isFalse();
    }
  }

  @Test
  void refusesInputsOfAnotherTypeOrNumber() {
    try (Interpreter interpreter = new Interpreter(GRAPH, manager)) {
      NDArray matrix = manager.ones(new Shape(1, 2));
      assertThatThrownBy(() -> interpreter.run(new NDList(matrix)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Input %x takes f32[?], got f32[1,2]");
      assertThatThrownBy(() -> interpreter.run(new NDList()))
          .hasMessage("The graph takes [%x], got 0 arrays");
    }
  }
}
