package dev.fovea.optimizer.backend.openvino;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import dev.fovea.optimizer.Hint;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.Backend.Options;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Value;
import dev.fovea.optimizer.onnx.OnnxCases;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenVinoBackendTest {

  private static final OpenVinoBackend BACKEND = new OpenVinoBackend();

  private static final Set<String> REFUSED =
      Set.of("resize CUBIC", "average pool true", "cast to float64");

  private OpenVino openVino;
  private NDManager manager;

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

  /** Convolution, ReLU and a linear layer, of any batch. */
  static Graph network() {
    TestGraph g = new TestGraph();
    Op conv = new LayerOp.Conv(List.of(1L, 1L), List.of(1L, 1L, 1L, 1L), List.of(1L, 1L), 1);
    Value features = g.op(conv, g.input("x", -1, 3, 16, 16), g.random("w", 8, 3, 3, 3));
    Value flat = g.reshape(g.unary(ElementOp.Unary.Kind.RELU, features), Op.COPY, Op.INFER);
    return g.build(g.linear("head", flat, 8 * 16 * 16, 10), features);
  }

  static NDList forward(Block block, NDList x) {
    return block.forward(new ParameterStore(x.getManager(), false), x, false);
  }

  private NDList image(long batch) {
    return TestGraph.randomInputs(network(), manager, batch);
  }

  @TestFactory
  Stream<DynamicTest> computes_what_the_interpreter_computes() {
    return OnnxCases.all().entrySet().stream()
        .filter(c -> !REFUSED.contains(c.getKey()))
        .map(c -> DynamicTest.dynamicTest(c.getKey(), () -> assertSame(c.getValue())));
  }

  @Test
  void what_openvino_would_compute_otherwise_is_refused_with_a_way_out() {
    for (String name : REFUSED) {
      Graph graph = requireNonNull(OnnxCases.all().get(name));
      assertThatIllegalArgumentException()
          .as(name)
          .isThrownBy(() -> BACKEND.compile(openVino, graph, Options.DEFAULT, manager))
          .withMessageStartingWith("OpenVINO cannot run ")
          .withMessageContaining(" of block")
          .withMessageContaining("Use Backend.ONNX_RUNTIME or Backend.PYTORCH");
    }
  }

  @Test
  void the_mean_of_partial_windows_without_padding_is_the_interpreters() {
    TestGraph g = new TestGraph();
    List<Long> two = List.of(2L, 2L);
    Op pool = new LayerOp.AveragePool(two, two, List.of(0L, 0L, 0L, 0L), true, true);
    assertSame(g.build(g.op(pool, g.input("x", -1, 2, 7, 9))));
  }

  @Test
  void a_resize_with_aligned_corners_that_shrinks_one_side_is_that_of_onnx_runtime() {
    TestGraph g = new TestGraph(); // DJL has no such resize, and so the interpreter has none
    Op resize = new LayerOp.Resize(LayerOp.Resize.Mode.LINEAR, true, List.of(7L, 4L));
    Graph graph = g.build(g.op(resize, g.input("x", -1, 2, 3, 9)));
    NDList x = TestGraph.randomInputs(graph, manager, 2);
    Block reference = Backend.named(Backend.ONNX_RUNTIME).compile(graph, Options.DEFAULT, manager);
    Block block = BACKEND.compile(openVino, graph, Options.DEFAULT, manager);
    TestGraph.assertClose(forward(reference, x), forward(block, x), 1e-5);
  }

  private void assertSame(Graph graph) {
    Block block = BACKEND.compile(openVino, graph, Options.DEFAULT, manager);
    for (long size : new long[] {1, 3, 2}) {
      NDList inputs = TestGraph.randomInputs(graph, manager, size);
      NDList expected = TestGraph.run(graph, manager, inputs);
      TestGraph.assertClose(expected, forward(block, inputs), 1e-5);
    }
  }

  @Test
  void is_found_by_its_name_and_finds_the_library() {
    Backend backend = Backend.named(Backend.OPENVINO);
    assertThat(backend).isInstanceOf(OpenVinoBackend.class);
    NDList x = image(1);
    Block block = backend.compile(network(), Options.DEFAULT, manager);
    TestGraph.assertClose(TestGraph.run(network(), manager, x), forward(block, x), 1e-5);
  }

  @ParameterizedTest
  @EnumSource
  void every_hint_computes_the_same_with_given_threads(Hint hint) {
    Block block =
        BACKEND.compile(
            openVino, network(), Options.DEFAULT.withHint(hint).withThreads(1), manager);
    NDList x = image(2);
    TestGraph.assertClose(TestGraph.run(network(), manager, x), forward(block, x), 1e-5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"AUTO", "MULTI:CPU", "HETERO:CPU", "BATCH:CPU(4)"})
  void every_device_that_is_the_cpu_computes_the_same(String device) {
    Options options = Options.DEFAULT.withDevice(device).withStreams(2).withPinning(false);
    NDList x = image(2);
    Block block = BACKEND.compile(openVino, network(), options, manager);
    TestGraph.assertClose(TestGraph.run(network(), manager, x), forward(block, x), 1e-5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GPU", "NPU", "AUTO:GPU", "CPU.0"})
  void other_devices_are_refused_with_those_that_there_are(String device) {
    Options options = Options.DEFAULT.withDevice(device);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BACKEND.compile(openVino, network(), options, manager))
        .withMessageContaining("CPU, AUTO, MULTI:CPU")
        .withMessageEndingWith("got " + device);
  }

  @Test
  void bfloat16_is_close_to_float32_and_not_the_same() {
    assumeHas(Precision.BF16);
    NDList x = image(2);
    NDList expected = TestGraph.run(network(), manager, x);
    Block block =
        BACKEND.compile(
            openVino, network(), Options.DEFAULT.withPrecision(Precision.BF16), manager);
    NDList got = forward(block, x);
    TestGraph.assertClose(expected, got, 5e-2);
    NDArray difference = expected.head().sub(got.head()).abs();
    assertThat(difference.max().getFloat()).isGreaterThan(1e-4f * expected.head().max().getFloat());
  }

  private void assumeHas(Precision precision) {
    try {
      BACKEND.compile(openVino, network(), Options.DEFAULT.withPrecision(precision), manager);
    } catch (IllegalArgumentException e) {
      Assumptions.abort(e.getMessage());
    }
  }

  @Test
  void a_precision_that_the_processor_does_not_have_is_refused_with_those_that_it_has() {
    OpenVinoC real = openVino.c();
    OpenVinoC plain =
        (OpenVinoC)
            Proxy.newProxyInstance(
                OpenVinoC.class.getClassLoader(),
                new Class<?>[] {OpenVinoC.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("ov_core_get_property")) {
                    arguments[2] = "SUPPORTED_PROPERTIES"; // names no capability
                  }
                  return call(real, method, arguments);
                });
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                BACKEND.compile(
                    new OpenVino(plain),
                    network(),
                    Options.DEFAULT.withPrecision(Precision.F16),
                    manager))
        .withMessageContaining("does not compute in F16")
        .withMessageContaining("PERFORMANCE_HINT")
        .withMessageContaining("Use Precision.F32");
  }

  @Test
  void a_batch_of_nothing_gives_nothing() {
    Block block = BACKEND.compile(openVino, network(), Options.DEFAULT, manager);
    NDList got = forward(block, new NDList(manager.zeros(new Shape(0, 3, 16, 16))));
    assertThat(got.getShapes()).containsExactly(new Shape(0, 10), new Shape(0, 8, 16, 16));
  }

  /** Calls the real function. */
  static Object call(OpenVinoC c, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(c, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
