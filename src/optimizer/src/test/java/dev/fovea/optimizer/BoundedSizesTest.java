package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.Bounds;
import dev.fovea.optimizer.ir.Graph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes within bounds, and one open graph made models of fixed sizes. */
class BoundedSizesTest {

  private static final long LARGEST = 40;
  private static final Bounds BOUNDS =
      Bounds.of(new Shape(1, 4, 16, 16), new Shape(4, 4, LARGEST, LARGEST));

  private final AtomicInteger calls = new AtomicInteger();
  private Model model;

  @BeforeEach
  void makeModel() {
    model = Model.newInstance("attention", "PyTorch");
    model.setBlock(new LambdaBlock(x -> new NDList(attention(x.singletonOrThrow()))));
  }

  @AfterEach
  void closeModel() {
    model.close();
  }

  /**
   * Attention over a coarse map's positions, brought to the size of the fine one; of images up to
   * some size, as if there were a table of positions.
   */
  private NDArray attention(NDArray image) {
    calls.incrementAndGet();
    if (image.size(2) > LARGEST || image.size(3) > LARGEST) {
      throw new IllegalArgumentException("No positions for " + image.getShape());
    }
    NDArray fine = image.get(":, :, ::2, ::2"); // (B, C, h, w)
    NDArray coarse = image.get(":, :, ::4, ::4").transpose(0, 2, 3, 1); // (B, h', w', C)
    Shape s = coarse.getShape();
    NDArray tokens = coarse.reshape(s.get(0), s.get(1) * s.get(2), s.get(3)); // (B, N, C)
    NDArray weights = tokens.matMul(tokens.transpose(0, 2, 1)).softmax(-1);
    NDArray map = weights.matMul(tokens).reshape(s).transpose(0, 3, 1, 2); // (B, C, h', w')
    long[] size = {fine.size(2), fine.size(3)};
    NDArray up = map.getNDArrayInternal().interpolation(size, 1, false);
    return NDArrays.concat(new NDList(up, fine), 1);
  }

  private static void requireInstalled(String backend) {
    assumeTrue(!backend.equals(Backend.OPENVINO) || Contract.hasOpenVino(), "no OpenVINO here");
  }

  private void assertSame(Model fast, Shape... shapes) throws TranslateException {
    try (Predictor<NDList, NDList> slow = model.newPredictor(new NoopTranslator());
        Predictor<NDList, NDList> quick = fast.newPredictor(new NoopTranslator());
        NDManager manager = NDManager.newBaseManager()) {
      for (Shape shape : shapes) {
        NDList x = new NDList(manager.randomUniform(-1, 1, shape));
        NDList expected = slow.predict(x);
        TestGraph.assertClose(expected, quick.predict(x), 1e-5);
        TestGraph.assertClose(expected, quick.predict(x), 1e-5); // now in place
      }
    }
  }

  private static void assertRefused(Model fast, Shape shape, String... message) {
    try (Predictor<NDList, NDList> predictor = fast.newPredictor(new NoopTranslator());
        NDManager manager = NDManager.newBaseManager()) {
      NDList x = new NDList(manager.zeros(shape));
      assertThat(catchThrowable(() -> predictor.predict(x)))
          .hasRootCauseInstanceOf(IllegalArgumentException.class)
          .rootCause()
          .hasMessageContainingAll(message);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Backend.PYTORCH, Backend.ONNX_RUNTIME, Backend.OPENVINO})
  void every_size_within_the_bounds_is_predicted_and_no_other(String backend)
      throws TranslateException {
    requireInstalled(backend);
    try (Model fast = Optimizer.of(model).backend(backend).input(BOUNDS).optimize()) {
      assertSame(
          fast,
          new Shape(1, 4, 16, 16),
          new Shape(4, 4, LARGEST, LARGEST),
          new Shape(2, 4, 24, 33),
          new Shape(1, 4, 16, 16));
      String bounds = "[1..4,4,16..40,16..40]";
      assertRefused(fast, new Shape(5, 4, 16, 16), bounds, "f32[5,4,16,16]", "wider bounds");
      assertRefused(fast, new Shape(1, 4, 15, 16), bounds, "f32[1,4,15,16]");
      assertRefused(fast, new Shape(1, 4, 16, 41), bounds, "f32[1,4,16,41]");
      assertRefused(fast, new Shape(1, 3, 16, 16), "f32[?,4,?,?]");
    }
  }

  @Test
  void a_model_that_takes_no_other_sizes_is_traced_with_height_and_width_open() {
    Shape example = new Shape(1, 4, 32, 32);
    assertThat(Optimizer.of(model).input(example).traced().inputs().get(0).type())
        .hasToString("f32[?,4,32,32]");
    assertThat(Optimizer.of(model).input(BOUNDS).traced().inputs().get(0).type())
        .hasToString("f32[?,4,?,?]");
  }

  @ParameterizedTest
  @ValueSource(strings = {Backend.PYTORCH, Backend.ONNX_RUNTIME, Backend.OPENVINO})
  void one_trace_makes_a_model_for_each_size(String backend) throws TranslateException {
    requireInstalled(backend);
    Optimizer optimizer = Optimizer.of(model).backend(backend).input(BOUNDS);
    optimizer.traced();
    int before = calls.get();
    for (Shape shape : List.of(new Shape(1, 4, 16, 24), new Shape(2, 4, 40, 32))) {
      optimizer.reshape(shape);
      Graph fixed = Optimizer.of(model).backend(backend).fixedInput(shape).rewritten().graph();
      assertThat(kinds(optimizer.rewritten().graph())).isEqualTo(kinds(fixed));
      before = calls.get();
      try (Model fast = optimizer.optimize()) {
        assertThat(calls).hasValue(before);
        assertSame(fast, shape);
        assertRefused(fast, new Shape(3, 4, 16, 24), "got [f32[3,4,16,24]]");
      }
    }
    try (Model open = optimizer.reshape().optimize()) {
      assertSame(open, new Shape(3, 4, 19, 28));
    }
  }

  /** Each operation with the type of its result. */
  private static List<String> kinds(Graph graph) {
    return graph.nodes().stream()
        .map(n -> n.op().getClass().getSimpleName() + " " + n.output().type())
        .toList();
  }

  @Test
  void an_axis_may_stay_open_in_a_reshape() throws TranslateException {
    Optimizer optimizer = Optimizer.of(model).input(BOUNDS).reshape(new Shape(-1, 4, 24, 24));
    try (Model fast = optimizer.optimize()) {
      assertSame(fast, new Shape(1, 4, 24, 24), new Shape(3, 4, 24, 24));
      assertRefused(fast, new Shape(1, 4, 24, 25), "f32[?,4,24,24]");
    }
  }

  @Test
  void sizes_that_the_trace_does_not_have_are_refused() {
    Optimizer optimizer = Optimizer.of(model).input(BOUNDS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> optimizer.reshape(new Shape(1, 4, 48, 16)).optimize())
        .withMessageContainingAll("[1..4,4,16..40,16..40]", "(1, 4, 48, 16)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> optimizer.reshape(new Shape(1, 3, 16, 16)).rewritten())
        .withMessageContainingAll("[1..4,4,16..40,16..40]", "(1, 3, 16, 16)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> optimizer.reshape(new Shape(1, 4, 16)).rewritten())
        .withMessageContaining("(1, 4, 16)");
    Optimizer fixed = Optimizer.of(model).fixedInput(new Shape(1, 4, 16, 16));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fixed.reshape(new Shape(1, 4, 24, 24)).rewritten())
        .withMessageContainingAll("f32[1,4,16,16]", "f32[1,4,24,24]");
  }

  @Test
  void bounds_have_sizes_in_order() {
    for (Shape most : List.of(new Shape(1, 4, 8, 15), new Shape(1, 4, 8))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Bounds.of(new Shape(1, 4, 8, 16), most))
          .withMessageContaining("[1, 4, 8, 16]");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Bounds.of(new Shape(0, 4), new Shape(1, 4)))
        .withMessageContaining("1 or more");
  }

  @Test
  void a_model_is_found_in_the_cache_for_the_same_bounds_alone(@TempDir Path folder)
      throws IOException, TranslateException {
    requireInstalled(Backend.OPENVINO);
    Optimizer optimizer = Optimizer.of(model).backend(Backend.OPENVINO).cache(folder);
    Bounds narrow = Bounds.of(new Shape(1, 4, 16, 16), new Shape(2, 4, 24, 24));
    for (int i = 0; i < 2; i++) {
      for (Bounds bounds : List.of(BOUNDS, narrow)) {
        try (Model fast = optimizer.input(bounds).optimize()) {
          assertSame(fast, new Shape(2, 4, 20, 16));
        }
      }
    }
    try (Stream<Path> entries = Files.list(folder)) {
      assertThat(entries.filter(Files::isDirectory)).hasSize(2);
    }
  }
}
