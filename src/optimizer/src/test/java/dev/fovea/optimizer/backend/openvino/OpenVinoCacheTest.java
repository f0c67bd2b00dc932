package dev.fovea.optimizer.backend.openvino;

import static dev.fovea.optimizer.backend.openvino.OpenVinoBackendTest.call;
import static dev.fovea.optimizer.backend.openvino.OpenVinoBackendTest.forward;
import static dev.fovea.optimizer.backend.openvino.OpenVinoBackendTest.network;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
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
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was compiled is found again, and never anything else. */
class OpenVinoCacheTest {

  private static final List<String> PROPERTIES =
      List.of(
          "LOADED_FROM_CACHE",
          "INFERENCE_PRECISION_HINT",
          "PERFORMANCE_HINT",
          "NUM_STREAMS",
          "INFERENCE_NUM_THREADS",
          "ENABLE_CPU_PINNING",
          "PERF_COUNT",
          "OPTIMAL_NUMBER_OF_INFER_REQUESTS");

  @TempDir private Path temporary;
  private OpenVino openVino;
  private NDManager manager;
  private final List<List<String>> compiled = new ArrayList<>();
  private final AtomicInteger made = new AtomicInteger(); // graphs

  @BeforeEach
  void open() {
    openVino = Installed.openVino();
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    if (manager != null) {
      manager.close();
    }
  }

  /** Notes the properties of everything that is compiled. */
  private OpenVino watched() {
    OpenVinoC real = openVino.c();
    return new OpenVino(
        (OpenVinoC)
            Proxy.newProxyInstance(
                OpenVinoC.class.getClassLoader(),
                new Class<?>[] {OpenVinoC.class},
                (proxy, method, arguments) -> {
                  Object status = call(real, method, arguments);
                  if (method.getName().equals("ov_core_compile_model_props")) {
                    compiled.add(properties(((PointerByReference) arguments[5]).getValue()));
                  }
                  return status;
                }));
  }

  private List<String> properties(Pointer model) {
    return PROPERTIES.stream()
        .map(
            key ->
                openVino.text(
                    "tell " + key, r -> openVino.c().ov_compiled_model_get_property(model, key, r)))
        .toList();
  }

  private NDList run(Graph graph, Options options, NDList x) {
    return forward(new OpenVinoBackend().compile(watched(), graph, options, manager), x);
  }

  private List<String> origins() {
    return compiled.stream().map(properties -> properties.get(0)).toList();
  }

  private NDList image() {
    return new NDList(manager.randomUniform(-1, 1, new Shape(1, 3, 16, 16)));
  }

  private Path blob() throws IOException {
    try (Stream<Path> files = Files.walk(temporary)) {
      return files.filter(f -> f.toString().endsWith(".blob")).findFirst().orElseThrow();
    }
  }

  @Test
  void a_found_model_has_the_properties_and_the_results_of_the_compiled_one() {
    List<Options> all =
        List.of(
            Options.DEFAULT,
            Options.DEFAULT.withHint(Hint.THROUGHPUT),
            Options.DEFAULT.withThreads(1).withStreams(1).withPinning(false).withProfiling());
    NDList x = image();
    for (Options options : all) {
      compiled.clear();
      Options cached = options.withCache(temporary.resolve("models"));
      NDList first = run(network(), cached, x);
      NDList second = run(network(), cached, x);
      assertThat(origins()).containsExactly("NO", "YES");
      assertThat(compiled.get(1).subList(1, PROPERTIES.size()))
          .isEqualTo(compiled.get(0).subList(1, PROPERTIES.size()));
      for (int i = 0; i < first.size(); i++) {
        assertThat(second.get(i)).isEqualTo(first.get(i));
      }
    }
  }

  @Test
  void other_weights_and_another_graph_are_other_models() {
    Options cached = Options.DEFAULT.withCache(temporary);
    run(network(), cached, image());
    for (float factor : new float[] {2, 3}) {
      TestGraph g = new TestGraph();
      Value x = g.input("x", 1, 3, 16, 16);
      NDList image = image();
      Graph graph = g.build(g.binary(ElementOp.Binary.Kind.MUL, x, g.scalar("factor", factor)));
      TestGraph.assertClose(TestGraph.run(graph, manager, image), run(graph, cached, image), 1e-6);
    }
    assertThat(origins()).containsExactly("NO", "NO", "NO");
  }

  @Test
  void a_damaged_model_is_compiled_again() throws IOException {
    Options cached = Options.DEFAULT.withCache(temporary);
    NDList x = image();
    NDList expected = TestGraph.run(network(), manager, x);
    run(network(), cached, x);
    byte[] whole = Files.readAllBytes(blob());
    byte[] cut = new byte[whole.length / 2];
    System.arraycopy(whole, 0, cut, 0, cut.length);
    byte[] changed = whole.clone();
    changed[whole.length / 3] ^= 0x40;
    for (byte[] damaged : List.of(cut, changed, new byte[0])) {
      Files.write(blob(), damaged);
      TestGraph.assertClose(expected, run(network(), cached, x), 1e-5);
      // Not the same bytes as at first: OpenVINO numbers some of its operations through.
      assertThat(Files.readAllBytes(blob())).isNotEqualTo(damaged).hasSizeGreaterThan(cut.length);
    }
    assertThat(origins()).containsExactly("NO", "NO", "NO", "NO");
    run(network(), cached, x);
    assertThat(origins()).endsWith("YES");
  }

  @Test
  void a_whole_file_that_openvino_does_not_take_is_replaced() throws IOException {
    Options cached = Options.DEFAULT.withCache(temporary);
    NDList x = image();
    NDList expected = TestGraph.run(network(), manager, x);
    run(network(), cached, x);
    Path entry = requireNonNull(blob().getParent());
    String key = entry.getFileName().toString();
    ModelCache cache = new ModelCache(temporary);
    cache.remove(entry);
    cache.fill(key, folder -> write(folder.resolve("1.blob")));
    assertThat(cache.find(key)).isPresent();
    TestGraph.assertClose(expected, run(network(), cached, x), 1e-5);
    TestGraph.assertClose(expected, run(network(), cached, x), 1e-5);
    assertThat(origins()).endsWith("YES");
  }

  @Test
  void a_graph_of_a_known_key_is_not_made_again() {
    Options cached = Options.DEFAULT.withCache(temporary);
    NDList x = image();
    NDList expected = TestGraph.run(network(), manager, x);
    TestGraph.assertClose(expected, keyed("a", cached, x), 1e-5);
    assertThat(made).hasValue(1);
    TestGraph.assertClose(expected, keyed("a", cached, x), 1e-5);
    assertThat(made).hasValue(1);
    keyed("b", cached, x);
    assertThat(made).hasValue(2);
    keyed("a", cached.withHint(Hint.THROUGHPUT), x);
    assertThat(made).hasValue(3);
    keyed("a", cached.withProfiling(), x); // tells the nodes of the graph
    assertThat(made).hasValue(4);
    keyed("a", Options.DEFAULT, x);
    assertThat(made).hasValue(5);
  }

  @Test
  void a_graph_of_a_known_key_whose_model_is_damaged_is_made_again() throws IOException {
    Options cached = Options.DEFAULT.withCache(temporary);
    NDList x = image();
    NDList expected = TestGraph.run(network(), manager, x);
    keyed("a", cached, x);
    Files.write(blob(), new byte[0]);
    for (int i = 0; i < 2; i++) {
      TestGraph.assertClose(expected, keyed("a", cached, x), 1e-5);
      assertThat(made).hasValue(2);
    }
  }

  @Test
  void a_graph_with_other_outputs_than_its_key_is_refused() {
    Graph graph = network();
    KeyedGraph keyed = new KeyedGraph("a", graph.inputs(), graph.inputs(), () -> graph);
    assertThatIllegalStateException()
        .isThrownBy(() -> new OpenVinoBackend().compile(keyed, Options.DEFAULT, manager))
        .withMessageContaining("was to take");
  }

  private NDList keyed(String key, Options options, NDList x) {
    Graph graph = network();
    KeyedGraph keyed =
        new KeyedGraph(
            key,
            graph.inputs(),
            graph.outputs(),
            () -> {
              made.incrementAndGet();
              return graph;
            });
    return forward(new OpenVinoBackend().compile(keyed, options, manager), x);
  }

  private static Path write(Path file) {
    try {
      return Files.writeString(file, "of another program");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
