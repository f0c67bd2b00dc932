package dev.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.backbone.VaryingParameters;
import dev.fovea.nn.Layer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what {@code src/test/python/adapt.py} wrote. */
class AdaptTest {
  private final NDManager manager = NDManager.newBaseManager();
  private SafeTensors golden;

  @BeforeEach
  void open() throws IOException {
    golden = SafeTensors.open(Path.of("src/test/resources/weights/adapt.safetensors"));
  }

  @AfterEach
  void close() throws IOException {
    golden.close();
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({
    "ANTIALIASED, 3, 1",
    "ANTIALIASED, 3, 2",
    "ANTIALIASED, 3, 5",
    "ANTIALIASED, 7, 3",
    "ANTIALIASED, 7, 14",
    "ANTIALIASED, 14, 10",
    "ANTIALIASED, 14, 24",
    "PLAIN, 3, 1",
    "PLAIN, 3, 2",
    "PLAIN, 3, 5",
    "PLAIN, 7, 3",
    "PLAIN, 7, 14",
    "PLAIN, 14, 10",
    "PLAIN, 14, 24"
  })
  void positions_are_those_of_timm_and_of_mae(PositionInterpolation how, int from, int to)
      throws IOException {
    Checkpoint fitted = Adapt.positions(golden, "table." + from, 1, to, how);
    assertThat(fitted.tensors()).containsEntry("table." + from, info(1, 1 + to * to, 4));
    NDArray got = fitted.read(manager, "table." + from);
    assertThat(got.getShape()).isEqualTo(new Shape(1, 1 + to * to, 4));
    assertThat(largest(got.sub(golden.read(manager, how + "." + from + "." + to))))
        .isLessThanOrEqualTo(2e-7f); // theirs are up to 1e-7 off what 64-bit floats give
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 6, 7})
  void kernels_are_those_of_timm(int channels) throws IOException {
    Checkpoint fitted = Adapt.inputChannels(golden, "kernel", channels);
    assertThat(fitted.tensors()).containsEntry("kernel", info(2, channels, 2, 2));
    NDArray got = fitted.read(manager, "kernel");
    assertThat(got.toFloatArray())
        .isEqualTo(golden.read(manager, "kernel." + channels).toFloatArray());
  }

  @Test
  void what_fits_is_left_alone() {
    assertThat(Adapt.inputChannels(golden, "kernel", 3)).isSameAs(golden);
    assertThat(Adapt.inputChannels(golden, "kernel.6", 6)).isSameAs(golden);
    assertThat(Adapt.positions(golden, "table.7", 1, 7, PositionInterpolation.PLAIN))
        .isSameAs(golden);
  }

  @Test
  void views_stand_on_views_and_leave_nothing_behind() throws IOException {
    Checkpoint two =
        Adapt.without(
            Adapt.inputChannels(
                Adapt.positions(golden, "table.3", 1, 5, PositionInterpolation.PLAIN), "kernel", 1),
            Set.of("PLAIN", "table.7"));
    assertThat(two.tensors()).containsEntry("table.3", info(1, 26, 4));
    assertThat(two.tensors()).doesNotContainKeys("table.7", "PLAIN.3.5");
    assertThat(two.tensors()).containsKeys("table.14", "ANTIALIASED.3.5");
    NDArray table = two.read(manager, "table.3");
    assertThat(table.getName()).isEqualTo("table.3");
    assertThat(two.read(manager, "kernel").getShape()).isEqualTo(new Shape(2, 1, 2, 2));
    assertThat(manager.getManagedArrays()).hasSize(2);
    assertThatThrownBy(() -> two.read(manager, "table.7"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("table.7");
  }

  @Test
  void what_cannot_be_fitted_is_refused() {
    assertThatThrownBy(() -> Adapt.inputChannels(golden, "kernel.6", 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("kernel.6", "(2, 6, 2, 2)", "4 channels");
    assertThatThrownBy(() -> Adapt.inputChannels(golden, "table.3", 4))
        .hasMessageContaining("no kernel");
    assertThatThrownBy(() -> Adapt.inputChannels(golden, "stem", 4))
        .hasMessageContainingAll("no tensor 'stem'", "adapt.safetensors");
    assertThatThrownBy(() -> Adapt.positions(golden, "table.3", 0, 4, PositionInterpolation.PLAIN))
        .hasMessageContainingAll("table.3", "(1, 10, 4)", "0 + grid * grid");
    assertThatThrownBy(() -> Adapt.positions(golden, "kernel", 1, 4, PositionInterpolation.PLAIN))
        .hasMessageContaining("no table");
    assertThatThrownBy(() -> Adapt.without(golden, Set.of("head")))
        .hasMessageContaining("nothing under 'head'");
  }

  /** Weights of the preset load into one for grey images, other classes and, if fixed, size. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "segformer_nano",
        "mit_nano",
        "convnext_atto",
        "convnextv2_atto",
        "resnet18",
        "vit_tiny"
      })
  void weights_of_a_preset_fit_another_use_of_it(String preset) throws IOException {
    ModelConfig<?> config = Fovea.registry().config(preset).withClasses(3);
    ModelConfig<?> other = other(config);
    Layer trained = config.build();
    Layer network = other.build();
    trained.initialize(manager);
    network.initialize(manager);
    StateDict target = StateDict.of(network);
    VaryingParameters varying = other.varying();
    assertThat(varying.head()).isNotEmpty();
    String head = varying.head().iterator().next() + ".bias";
    float[] before = target.read(manager, head).toFloatArray();

    Checkpoint own = varying.fitInput(StateDict.of(trained), target);
    own = varying.fitPositions(own, target, PositionInterpolation.ANTIALIASED);
    LoadReport report = target.load(own, manager, varying.head());

    assertThat(report.isClean()).isTrue();
    assertThat(report.skipped()).isNotEmpty().allMatch(p -> p.startsWith(head(varying)));
    assertThat(target.read(manager, head).toFloatArray()).isEqualTo(before);
    String input = varying.input().iterator().next();
    NDArray colours = StateDict.of(trained).read(manager, input);
    assertThat(target.read(manager, input)).isEqualTo(colours.sum(new int[] {1}, true));
    long side = other.imageSize() == 0 ? 64 : other.imageSize();
    Shape image = new Shape(1, 1, side, side);
    assertThat(network.getOutputShapes(new Shape[] {image})[0].get(1)).isEqualTo(5);
    assertThat(other.withInputChannels(3).withClasses(3).inputChannels()).isEqualTo(3);
  }

  private static String head(VaryingParameters varying) {
    return varying.head().iterator().next();
  }

  private static <C extends ModelConfig<C>> C other(ModelConfig<C> config) {
    return config.withClasses(5).withInputChannels(1).withImageSize(96);
  }

  @Test
  void a_masked_autoencoder_takes_images_of_another_size() throws IOException {
    ModelConfig<?> nano = Fovea.registry().config("mae_nano");
    Layer trained = nano.build();
    Layer network = nano.withImageSize(64).build();
    trained.initialize(manager);
    StateDict target = StateDict.of(network);
    Checkpoint own =
        nano.varying().fitPositions(StateDict.of(trained), target, PositionInterpolation.PLAIN);
    assertThat(target.load(own, manager).isClean()).isTrue();
    assertThat(own.tensors()).containsEntry("decoder_pos_embed", info(1, 65, 128));
  }

  private static TensorInfo info(long... shape) {
    return new TensorInfo(DataType.FLOAT32, new Shape(shape));
  }

  private static float largest(NDArray differences) {
    return differences.abs().max().getFloat();
  }
}
