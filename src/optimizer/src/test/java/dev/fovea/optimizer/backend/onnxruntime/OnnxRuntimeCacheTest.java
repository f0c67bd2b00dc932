package dev.fovea.optimizer.backend.onnxruntime;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.fovea.optimizer.Hint;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.backend.Backend.Options;
import dev.fovea.optimizer.backend.KeyedGraph;
import dev.fovea.optimizer.backend.ModelCache;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A graph that was kept is not made again. */
class OnnxRuntimeCacheTest {

  @TempDir private Path folder;

  private final NDManager manager = NDManager.newBaseManager();
  private final AtomicInteger made = new AtomicInteger();

  @AfterEach
  void close() {
    manager.close();
  }

  private static Graph timesTwo() {
    TestGraph g = new TestGraph();
    Value x = g.input("x", 1, 4);
    return g.build(g.binary(ElementOp.Binary.Kind.MUL, x, g.scalar("factor", 2)));
  }

  private NDArray run(String key, Options options) {
    Graph graph = timesTwo();
    KeyedGraph keyed =
        new KeyedGraph(
            key,
            graph.inputs(),
            graph.outputs(),
            () -> {
              made.incrementAndGet();
              return graph;
            });
    NDList x = new NDList(manager.ones(new Shape(1, 4)));
    return new OnnxRuntimeBackend()
        .compile(keyed, options, manager)
        .forward(new ParameterStore(manager, false), x, false)
        .singletonOrThrow();
  }

  private Path file() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(f -> f.endsWith("model.onnx")).findFirst().orElseThrow();
    }
  }

  private static Path write(Path file) {
    try {
      return Files.writeString(file, "of another program");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void a_graph_of_a_known_key_is_not_made_again() {
    Options cached = Options.DEFAULT.withCache(folder);
    NDArray expected = manager.full(new Shape(1, 4), 2f);
    assertThat(run("a", cached)).isEqualTo(expected);
    assertThat(run("a", cached)).isEqualTo(expected);
    assertThat(run("a", cached.withHint(Hint.THROUGHPUT).withThreads(2))).isEqualTo(expected);
    assertThat(made).hasValue(1);
    assertThat(run("b", cached)).isEqualTo(expected);
    assertThat(made).hasValue(2);
    run("a", Options.DEFAULT);
    assertThat(made).hasValue(3);
    run("a", cached.withProfiling()); // tells the nodes of the graph
    assertThat(made).hasValue(4);
  }

  @Test
  void a_damaged_file_is_written_again() throws IOException {
    Options cached = Options.DEFAULT.withCache(folder);
    run("a", cached);
    byte[] whole = Files.readAllBytes(file());
    Files.write(file(), new byte[3]);
    assertThat(run("a", cached)).isEqualTo(manager.full(new Shape(1, 4), 2f));
    assertThat(made).hasValue(2);
    assertThat(file()).hasBinaryContent(whole);
  }

  @Test
  void a_whole_file_that_onnx_runtime_does_not_take_is_replaced() throws IOException {
    Options cached = Options.DEFAULT.withCache(folder);
    run("a", cached);
    byte[] whole = Files.readAllBytes(file());
    Path entry = requireNonNull(file().getParent());
    ModelCache cache = new ModelCache(folder);
    cache.remove(entry);
    cache.fill(entry.getFileName().toString(), part -> write(part.resolve("model.onnx")));
    assertThat(run("a", cached)).isEqualTo(manager.full(new Shape(1, 4), 2f));
    assertThat(made).hasValue(2);
    assertThat(file()).hasBinaryContent(whole);
  }
}
