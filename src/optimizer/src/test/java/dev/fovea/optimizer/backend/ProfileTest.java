package dev.fovea.optimizer.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import dev.fovea.model.SegFormer;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.backend.Backend.Options;
import dev.fovea.optimizer.backend.openvino.OpenVinoLibrary;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the time goes, in the words of the model. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProfileTest {

  private static final Shape INPUT = new Shape(1, 3, 64, 64);

  private final Model model = model();

  private static Model model() {
    Model model = Model.newInstance("segformer", "PyTorch");
    Block block = SegFormer.Config.NANO.withClasses(5).build();
    block.initialize(model.getNDManager(), DataType.FLOAT32);
    model.setBlock(block);
    return model;
  }

  @AfterAll
  void close() {
    model.close();
  }

  private static void assumeInstalled(String backend) {
    if (backend.equals(Backend.OPENVINO)) {
      try {
        OpenVinoLibrary.find();
      } catch (IllegalStateException e) {
        Assumptions.abort(e.getMessage());
      }
    }
  }

  private List<LayerTime> profile(String backend, Options options, int runs) {
    Optimizer optimizer = Optimizer.of(model).backend(backend).input(INPUT).options(options);
    try (Model fast = optimizer.optimize();
        NDArray image = fast.getNDManager().ones(INPUT)) {
      return ((CompiledBlock) fast.getBlock()).profile(new NDList(image), runs);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Backend.ONNX_RUNTIME, Backend.OPENVINO, Backend.PYTORCH})
  void every_back_end_tells_where_the_time_goes(String backend) {
    assumeInstalled(backend);
    List<LayerTime> layers = profile(backend, Options.DEFAULT.withProfiling(), 30);
    assertThat(layers.stream().mapToDouble(LayerTime::share).sum()).isCloseTo(1, within(1e-9));
    assertThat(layers).allMatch(l -> !l.operation().isEmpty() && !l.kernel().isEmpty());
    assertThat(layers.stream().mapToDouble(LayerTime::millis).sum()).isPositive();
    double known =
        layers.stream().filter(l -> !l.source().isEmpty()).mapToDouble(LayerTime::share).sum();
    assertThat(known)
        .as(() -> layers.stream().map(String::valueOf).collect(Collectors.joining("\n")))
        .isGreaterThan(0.8);
    assertThat(layers)
        .extracting(LayerTime::source)
        .contains("segformer.encoder.block.3.1.mlp.dense2", "decode_head.classifier");
  }

  @Test
  void each_operation_is_there_once_however_many_runs_there_are() {
    List<LayerTime> once = profile(Backend.PYTORCH, Options.DEFAULT.withProfiling(), 1);
    List<LayerTime> thrice = profile(Backend.PYTORCH, Options.DEFAULT.withProfiling(), 3);
    assertThat(thrice)
        .extracting(LayerTime::name)
        .containsExactlyElementsOf(once.stream().map(LayerTime::name).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {Backend.ONNX_RUNTIME, Backend.OPENVINO})
  void a_model_without_profiling_says_how_to_get_it(String backend) {
    assumeInstalled(backend);
    assertThatIllegalStateException()
        .isThrownBy(() -> profile(backend, Options.DEFAULT, 1))
        .withMessageContaining("withProfiling");
  }

  @Test
  void no_runs_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> profile(Backend.PYTORCH, Options.DEFAULT, 0))
        .withMessageContaining("got 0");
  }
}
