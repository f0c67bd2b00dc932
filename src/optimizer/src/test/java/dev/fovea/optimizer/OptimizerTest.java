package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.XavierInitializer;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.onnx.proto.OnnxMl.ModelProto;
import dev.fovea.optimizer.backend.Backend;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** End to end on DJL's own ResNet-18, through ordinary predictors. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OptimizerTest {

  private static final Shape INPUT = new Shape(1, 3, 32, 32);

  private Model model;
  private Optimizer optimizer; // one for all tests: tracing takes a while

  @BeforeAll
  void makeModel() {
    Engine.getEngine("PyTorch").setRandomSeed(1);
    Block block =
        ResNetV1.builder()
            .setImageShape(new Shape(3, 32, 32))
            .setNumLayers(18)
            .setOutSize(10)
            .build();
    block.setInitializer(new XavierInitializer(), Parameter.Type.WEIGHT);
    model = Model.newInstance("resnet", "PyTorch");
    block.initialize(model.getNDManager(), DataType.FLOAT32, INPUT);
    model.setBlock(block);
    model.setProperty("Epoch", "3");
    optimizer = Optimizer.of(model).input(INPUT);
  }

  @BeforeEach
  void setDefaults() {
    optimizer.backend(Backend.ONNX_RUNTIME).options(Backend.Options.DEFAULT);
  }

  @AfterAll
  void closeModel() {
    model.close();
  }

  private static NDArray image(NDManager manager, long batch, long size) {
    manager.getEngine().setRandomSeed(5);
    return manager.randomUniform(-1, 1, new Shape(batch, 3, size, size));
  }

  @ParameterizedTest
  @ValueSource(strings = {Backend.ONNX_RUNTIME, Backend.PYTORCH})
  void one_optimized_model_predicts_what_the_model_does_at_every_batch_and_image_size(
      String backend) throws TranslateException {
    try (Model fast = optimizer.backend(backend).optimize();
        Predictor<NDList, NDList> slow = model.newPredictor(new NoopTranslator());
        Predictor<NDList, NDList> quick = fast.newPredictor(new NoopTranslator());
        NDManager manager = NDManager.newBaseManager()) {
      for (long batch : new long[] {1, 3}) {
        for (long size : new long[] {32, 56}) {
          NDList x = new NDList(image(manager, batch, size));
          NDList expected = slow.predict(x);
          TestGraph.assertClose(expected, quick.predict(x), 1e-4);
          TestGraph.assertClose(expected, quick.predict(x), 1e-4); // now in place
        }
      }
    }
  }

  @Test
  void a_resnet_is_left_with_convolutions_and_no_norms() {
    assertThat(TestGraph.ops(optimizer.rewritten().graph()))
        .doesNotContain("BatchNormalization", "Transpose", "Size");
    assertThat(optimizer.rewritten().steps())
        .extracting(step -> step.rewrite())
        .contains("FoldBatchNormalization", "ConstantFolding");
    TestGraph.assertSameResults(optimizer.traced(), optimizer.rewritten().graph(), 1e-4, 32, 40);
  }

  @Test
  void without_an_input_the_shapes_of_initialization_are_taken() {
    assertThat(Optimizer.of(model).traced().inputs().get(0).type().dims())
        .containsExactly(-1L, 3L, -1L, -1L);
  }

  @Test
  void an_open_axis_that_is_asked_for_stays_open_and_the_others_are_fixed() {
    assertThat(
            Optimizer.of(model)
                .input(new Shape(-1, 3, 32, 32))
                .traced()
                .inputs()
                .get(0)
                .type()
                .dims())
        .containsExactly(-1L, 3L, 32L, 32L);
  }

  @Test
  void sizes_can_be_fixed() {
    assertThat(Optimizer.of(model).fixedInput(INPUT).traced().inputs().get(0).type().dims())
        .containsExactly(1L, 3L, 32L, 32L);
  }

  @Test
  void an_array_that_is_not_contiguous_is_predicted_and_nothing_of_it_is_left()
      throws TranslateException {
    try (Model fast = optimizer.optimize();
        Predictor<NDList, NDList> slow = model.newPredictor(new NoopTranslator());
        Predictor<NDList, NDList> quick = fast.newPredictor(new NoopTranslator());
        NDManager manager = NDManager.newBaseManager()) {
      NDArray x = image(manager, 2, 32).transpose(0, 1, 3, 2);
      NDList expected = slow.predict(new NDList(x));
      for (int run = 0; run < 2; run++) { // the second one is written in place
        int before = manager.getManagedArrays().size();
        NDList got = quick.predict(new NDList(x));
        assertThat(manager.getManagedArrays()).hasSize(before + 1); // the result
        assertThat(got.head().getManager()).isEqualTo(manager);
        TestGraph.assertClose(expected, got, 1e-4);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Backend.ONNX_RUNTIME, Backend.PYTORCH})
  void opening_predicting_and_closing_fifty_times_leaves_no_array(String backend)
      throws TranslateException {
    optimizer.backend(backend).rewritten();
    NDManager root = model.getNDManager().getParentManager();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList x = new NDList(image(manager, 1, 32));
      int before = root.getManagedArrays().size();
      for (int i = 0; i < 50; i++) {
        try (Model fast = optimizer.optimize();
            Predictor<NDList, NDList> predictor = fast.newPredictor(new NoopTranslator())) {
          predictor.predict(x).close();
        }
      }
      assertThat(root.getManagedArrays()).hasSize(before);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Backend.ONNX_RUNTIME, Backend.PYTORCH})
  void four_threads_get_the_bits_that_one_gets(String backend) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try (Model fast = optimizer.backend(backend).optimize();
        NDManager manager = NDManager.newBaseManager()) {
      NDList x = new NDList(image(manager, 1, 32));
      float[] expected = predict(fast, x);
      List<Future<float[]>> results = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        results.add(pool.submit(() -> predict(fast, x)));
      }
      for (Future<float[]> result : results) {
        assertThat(result.get()).isEqualTo(expected);
      }
    } finally {
      pool.shutdown();
    }
  }

  private static float[] predict(Model model, NDList x) throws TranslateException {
    try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator());
        NDList y = predictor.predict(x)) {
      return y.head().toFloatArray();
    }
  }

  @Test
  void closing_waits_for_predictions_and_later_ones_are_refused() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try (Model fast = optimizer.optimize()) {
      Block block = fast.getBlock();
      CountDownLatch running = new CountDownLatch(2);
      List<Future<Integer>> threads = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        threads.add(pool.submit(() -> predictUntilClosed(block, running)));
      }
      running.await();
      fast.close();
      for (Future<Integer> thread : threads) {
        assertThat(thread.get()).isPositive();
      }
    } finally {
      pool.shutdown();
    }
  }

  private static int predictUntilClosed(Block block, CountDownLatch running) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList x = new NDList(manager.zeros(INPUT));
      for (int runs = 0; ; runs++) {
        try {
          block.forward(new ParameterStore(manager, false), x, false).close();
        } catch (IllegalStateException e) {
          assertThat(e).hasMessageContaining("closed");
          return runs;
        }
        if (runs == 0) {
          running.countDown(); // once for each thread
        }
      }
    }
  }

  @Test
  void a_closed_model_says_so() {
    Model fast = optimizer.optimize();
    Block block = fast.getBlock();
    fast.close();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList x = new NDList(image(manager, 1, 32));
      assertThatIllegalStateException()
          .isThrownBy(() -> block.forward(new ParameterStore(manager, false), x, false))
          .withMessageContaining("closed");
    }
  }

  @Test
  void properties_files_and_translator_of_the_model_are_kept(@TempDir Path folder)
      throws Exception {
    Files.writeString(folder.resolve("synset.txt"), "cat\ndog\n");
    try (Model original = Model.newInstance("named", "PyTorch")) {
      original.setBlock(model.getBlock());
      original.setProperty("Epoch", "3");
      original.load(folder, null, Map.of("hasParameter", "false"));
      NoopTranslator translator = new NoopTranslator();
      try (ZooModel<NDList, NDList> fast =
          Optimizer.of(original).input(INPUT).optimize(translator)) {
        assertThat(fast.getName()).isEqualTo("named");
        assertThat(fast.getProperty("Epoch")).isEqualTo("3");
        assertThat(fast.getArtifact("synset.txt")).isNotNull();
        assertThat(fast.getTranslator()).isSameAs(translator);
        assertThat(fast.describeInput().get(0).getValue()).isEqualTo(new Shape(-1, 3, -1, -1));
        assertThat(fast.describeOutput().get(0).getValue()).isEqualTo(new Shape(-1, 10));
        assertThat(fast.getBlock().getOutputShapes(new Shape[] {new Shape(2, 3, 64, 64)}))
            .containsExactly(new Shape(2, 10));
      }
    }
  }

  @Test
  void an_exported_file_says_what_it_was_made_from(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("resnet.onnx");
    optimizer.provenance(Map.of("source", "random")).export(file);
    ModelProto onnx = ModelProto.parseFrom(Files.readAllBytes(file));
    assertThat(onnx.getMetadataPropsList())
        .anyMatch(p -> p.getKey().equals("source") && p.getValue().equals("random"));
    assertThat(
            onnx.getGraph()
                .getInput(0)
                .getType()
                .getTensorType()
                .getShape()
                .getDim(2)
                .getDimParam())
        .isEqualTo("height");
  }

  @Test
  void an_input_of_another_type_or_size_is_refused_with_both() {
    try (Model fast = optimizer.optimize();
        NDManager manager = NDManager.newBaseManager()) {
      ParameterStore store = new ParameterStore(manager, false);
      NDList gray = new NDList(manager.zeros(new Shape(1, 1, 32, 32)));
      NDList bytes = new NDList(manager.zeros(new Shape(1, 3, 32, 32), DataType.UINT8));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> fast.getBlock().forward(store, gray, false))
          .withMessageContaining("f32[?,3,?,?]")
          .withMessageContaining("f32[1,1,32,32]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> fast.getBlock().forward(store, bytes, false))
          .withMessageContaining("u8[1,3,32,32]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> fast.getBlock().forward(store, new NDList(), false))
          .withMessageContaining("got []");
    }
  }

  @Test
  void an_optimized_model_is_not_trained_saved_or_cut(@TempDir Path folder) {
    try (Model fast = optimizer.optimize();
        NDManager manager = NDManager.newBaseManager()) {
      NDList x = new NDList(image(manager, 1, 32));
      assertThatThrownBy(() -> fast.getBlock().forward(new ParameterStore(manager, false), x, true))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("cannot be trained");
      assertThatThrownBy(() -> fast.save(folder, "copy"))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("export(path)");
    }
  }

  @Test
  void threads_are_a_setting_of_onnx_runtime_and_refused_for_pytorch() {
    try (Model fast = optimizer.threads(1).optimize()) {
      assertThat(fast.getBlock().isInitialized()).isTrue();
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> optimizer.backend(Backend.PYTORCH).threads(2).optimize())
        .withMessageContaining("-Dai.djl.pytorch.num_threads=2");
    assertThatIllegalArgumentException().isThrownBy(() -> Optimizer.of(model).threads(-1));
  }

  @Test
  void what_a_back_end_cannot_do_is_refused_with_what_was_asked_for(@TempDir Path folder) {
    for (String backend : List.of(Backend.ONNX_RUNTIME, Backend.PYTORCH)) {
      for (Backend.Options options :
          List.of(
              Backend.Options.DEFAULT.withPrecision(Precision.BF16),
              Backend.Options.DEFAULT.withStreams(2),
              Backend.Options.DEFAULT.withPinning(true),
              Backend.Options.DEFAULT.withDevice("GPU"))) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> optimizer.backend(backend).options(options).optimize())
            .withMessageContaining(options.toString())
            .withMessageContaining("Use Backend.OPENVINO");
      }
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> optimizer.backend(Backend.PYTORCH).cache(folder).optimize())
        .withMessageContaining("cache=Optional[" + folder);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Backend.Options.DEFAULT.withPrecision(Precision.INT8))
        .withMessageContaining("quantized");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Backend.Options.DEFAULT.withStreams(-1))
        .withMessage("streams is 0 or more, got -1");
    assertThatIllegalArgumentException().isThrownBy(() -> Backend.Options.DEFAULT.withDevice(""));
  }

  @Test
  void a_hint_for_throughput_changes_no_result() throws TranslateException {
    try (Model fast = optimizer.hint(Hint.THROUGHPUT).optimize();
        NDManager manager = NDManager.newBaseManager();
        Predictor<NDList, NDList> slow = model.newPredictor(new NoopTranslator());
        Predictor<NDList, NDList> quick = fast.newPredictor(new NoopTranslator())) {
      NDList x = new NDList(image(manager, 2, 32));
      TestGraph.assertClose(slow.predict(x), quick.predict(x), 1e-4);
    }
  }

  @Test
  void an_unknown_back_end_is_refused_with_the_known_ones() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Optimizer.of(model).backend("tensorrt"))
        .withMessageContaining("tensorrt")
        .withMessageContaining("[onnxruntime, openvino, pytorch]");
  }
}
