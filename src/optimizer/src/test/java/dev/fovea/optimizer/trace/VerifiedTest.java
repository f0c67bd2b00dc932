package dev.fovea.optimizer.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import dev.fovea.optimizer.ir.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was compared is not compared again, and nothing else is left out. */
class VerifiedTest {

  private static final List<Type> FIXED = List.of(Type.of(DataType.FLOAT32, 2, 3));

  @TempDir private Path folder;

  private final AtomicInteger runs = new AtomicInteger(); // on real arrays

  private Block block(UnaryOperator<NDArray> function) {
    return new LambdaBlock(
        list -> {
          NDArray x = list.singletonOrThrow();
          if (TracedArray.of(x) == null) {
            runs.incrementAndGet();
          }
          return new NDList(function.apply(x));
        });
  }

  private int runsOf(UnaryOperator<NDArray> function, String build, List<Type> inputs) {
    runs.set(0);
    Tracer.traceExactly(block(function), inputs, Optional.of(new Verified(folder, build)));
    return runs.get();
  }

  @Test
  void a_graph_is_compared_once() {
    assertThat(runsOf(x -> x.add(1f), "a", FIXED)).isEqualTo(1);
    assertThat(runsOf(x -> x.add(1f), "a", FIXED)).isZero();
    List<Type> open = List.of(Type.of(DataType.FLOAT32, -1, 3));
    assertThat(runsOf(x -> x.add(1f), "a", open)).isEqualTo(2);
    assertThat(runsOf(x -> x.add(1f), "a", open)).isZero();
  }

  @Test
  void whatever_differs_is_compared() {
    runsOf(x -> x.add(1f).transpose(1, 0), "a", FIXED);
    assertThat(runsOf(x -> x.add(2f).transpose(1, 0), "a", FIXED)).isEqualTo(1); // a constant
    assertThat(runsOf(x -> x.sub(1f).transpose(1, 0), "a", FIXED)).isEqualTo(1); // the graph
    assertThat(runsOf(x -> x.add(1f).swapAxes(0, 1), "a", FIXED)).isEqualTo(1); // a call alone
    assertThat(runsOf(x -> x.add(1f).transpose(1, 0), "b", FIXED)).isEqualTo(1); // the library
    List<Type> larger = List.of(Type.of(DataType.FLOAT32, 2, 4));
    assertThat(runsOf(x -> x.add(1f).transpose(1, 0), "a", larger)).isEqualTo(1);
    assertThat(runsOf(x -> x.add(1f).transpose(1, 0), "a", FIXED)).isZero();
  }

  @Test
  void a_graph_that_is_wrong_is_refused_each_time() throws IOException {
    UnaryOperator<NDArray> fickle = x -> x.add(TracedArray.of(x) == null ? 2f : 1f);
    for (int i = 0; i < 2; i++) {
      assertThatExceptionOfType(TraceException.class)
          .isThrownBy(() -> runsOf(fickle, "a", FIXED))
          .withMessageContaining("differs");
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void a_folder_that_cannot_be_written_costs_the_memory_alone() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    for (int i = 0; i < 2; i++) {
      runs.set(0);
      Tracer.traceExactly(block(x -> x.add(1f)), FIXED, Optional.of(new Verified(file, "a")));
      assertThat(runs).hasValue(1);
    }
  }

  @Test
  void classes_that_lie_in_a_folder_cannot_be_told_from_older_ones() {
    assertThat(Verified.in(folder)).isEmpty(); // as in these tests
  }
}
