package dev.fovea;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.fovea.backbone.Backbone;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.hub.LoadOptions;
import dev.fovea.hub.ModelProperties;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Resample;
import dev.fovea.image.Translators;
import dev.fovea.model.ConvNeXtV2;
import dev.fovea.nn.Layer;
import dev.fovea.weights.StateDict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadOptionsTest {

  @TempDir Path folder;

  private static NDArray parameter(Model model, String path) {
    return StateDict.of(model.getBlock()).read(model.getNDManager(), path);
  }

  private static Shape shape(Model model, String path) {
    return requireNonNull(StateDict.of(model.getBlock()).tensors().get(path)).shape();
  }

  @Test
  void another_head_is_new_and_all_else_is_loaded() throws IOException {
    try (Model saved = Fovea.newModel("resnet18", 3)) {
      Translators.describe(saved, Preprocess.KEEP_SIZE, List.of("a", "b", "c"));
      Fovea.save(saved, folder, Map.of());
      try (Model same = Fovea.load(folder);
          Model other = Fovea.load(folder, LoadOptions.DEFAULT.withClasses(5));
          Model none = Fovea.load(folder, LoadOptions.DEFAULT.withClasses(0))) {
        assertThat(same.getProperty(Translators.LABELS)).isEqualTo("[\"a\",\"b\",\"c\"]");
        assertThat(other.getProperty(Translators.LABELS)).isNull();
        assertThat(other.getProperty(ModelProperties.CLASSES)).isEqualTo("5");
        assertThat(shape(other, "fc.weight")).isEqualTo(new Shape(5, 512));
        assertThat(parameter(other, "fc.weight").abs().max().getFloat()).isPositive();
        assertThat(StateDict.of(none.getBlock()).tensors()).doesNotContainKey("fc.weight");
        for (Model model : List.of(same, other, none)) {
          assertThat(parameter(model, "layer4.1.conv2.weight"))
              .isEqualTo(parameter(saved, "layer4.1.conv2.weight"));
        }
        assertThat(parameter(same, "fc.weight")).isEqualTo(parameter(saved, "fc.weight"));
      }
    }
  }

  @Test
  void weights_without_a_head_get_one() throws IOException {
    try (Model saved = Fovea.newModel("convnext_atto", 0)) {
      saved.getBlock().getParameters().get("head.norm.weight").getArray().addi(1);
      Fovea.save(saved, folder, Map.of());
    }
    try (Model model = Fovea.load(folder, LoadOptions.DEFAULT.withClasses(4))) {
      assertThat(shape(model, "head.fc.weight")).isEqualTo(new Shape(4, 320));
      assertThat(parameter(model, "head.norm.weight").sum().getFloat()).isEqualTo(640);
      assertThat(model.getBlock().isInitialized()).isTrue();
    }
  }

  @Test
  void weights_of_a_pretraining_get_the_norm_before_the_head_too() throws IOException {
    Path file = folder.resolve("fcmae.safetensors");
    try (NDManager manager = NDManager.newBaseManager()) {
      Backbone encoder = Fovea.backbone("convnextv2_atto");
      ((Layer) encoder).initialize(manager);
      StateDict.of(encoder).save(file, ConvNeXtV2.FAMILY.published("fcmae").dialect(), Map.of());
    }
    try (Model bare = Fovea.load(file);
        Model model = Fovea.load(file, LoadOptions.DEFAULT.withClasses(4))) {
      assertThat(StateDict.of(bare.getBlock()).tensors()).doesNotContainKey("head.norm.weight");
      assertThat(parameter(model, "head.norm.weight").sum().getFloat()).isEqualTo(320);
      assertThat(shape(model, "head.fc.weight")).isEqualTo(new Shape(4, 320));
      assertThat(parameter(model, "stem.0.weight")).isEqualTo(parameter(bare, "stem.0.weight"));
    }
  }

  @Test
  void positions_and_kernels_are_fitted_to_other_images() throws IOException {
    try (Model saved = Fovea.newModel("vit_tiny", 3)) {
      Translators.describe(
          saved, Preprocess.evaluation(224, 0.875, Resample.BICUBIC), List.of("a", "b", "c"));
      Fovea.save(saved, folder, Map.of());
    }
    LoadOptions options = LoadOptions.DEFAULT.withImageSize(96);
    try (Model model = Fovea.load(folder, options)) {
      assertThat(shape(model, "pos_embed")).isEqualTo(new Shape(1, 37, 192));
      Preprocess preprocess =
          Preprocess.fromJson(model.getProperty(Translators.PREPROCESS), "property");
      assertThat(preprocess.inputShape()).contains(new Shape(3, 96, 96));
      assertThat(preprocess.resize().width()).isEqualTo(110); // 256 * 96 / 224
      Path again = folder.resolve("again");
      Fovea.save(model, again, Map.of());
      try (Model reopened = Fovea.load(again)) {
        assertThat(parameter(reopened, "pos_embed")).isEqualTo(parameter(model, "pos_embed"));
      }
    }
    try (Model grey = Fovea.load(folder, options.withInputChannels(1));
        Model colour = Fovea.load(folder)) {
      NDArray kernel = parameter(grey, "patch_embed.proj.weight");
      NDArray sum = parameter(colour, "patch_embed.proj.weight").sum(new int[] {1}, true);
      assertThat(kernel.sub(sum).abs().max().getFloat()).isLessThan(1e-6f);
      assertThat(grey.getProperty(Translators.PREPROCESS)).isNull();
    }
  }

  @Test
  void what_does_not_exist_is_refused() throws IOException {
    try (Model saved = Fovea.newModel("mae_nano", 0)) {
      Fovea.save(saved, folder, Map.of());
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Fovea.load(folder, LoadOptions.DEFAULT.withClasses(3)))
        .withMessageContaining("masked autoencoder");
  }

  @ParameterizedTest
  @CsvSource({
    "convnext_atto, facebook, 1000",
    "convnext_atto, huggingface, 7",
    "convnext_atto, timm, 0",
    "convnextv2_atto, fcmae, 0",
    "mit_nano, nvlabs, 7",
    "mit_nano, huggingface, 7",
    "segformer_nano, mmseg, 7",
    "vit_tiny, huggingface, 7",
    "vit_tiny, facebook, 7",
    "vit_tiny, timm, 0",
    "mae_nano, huggingface, 0",
    "resnet18, huggingface, 7",
  })
  void a_file_alone_is_known_by_its_tensors(String preset, String dialect, int classes)
      throws IOException {
    write(Fovea.registry().family(preset), preset, dialect, classes);
    Path file = folder.resolve("weights.safetensors");
    try (Model model = Fovea.load(file)) {
      assertThat(model.getProperty(ModelProperties.MODEL)).isEqualTo(preset);
      assertThat(model.getProperty(ModelProperties.CLASSES)).isEqualTo(String.valueOf(classes));
    }
    LoadOptions told = LoadOptions.DEFAULT.withPreset(preset).withDialect(dialect);
    try (Model model = Fovea.load(file, told)) {
      assertThat(model.getProperty(ModelProperties.MODEL)).isEqualTo(preset);
    }
    assertThatThrownBy(() -> Fovea.load(file, told.withPreset("resnet152")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("resnet152")
        .hasMessageContaining("weights.safetensors");
  }

  private <C extends ModelConfig<C>> void write(
      Family<C> family, String preset, String dialect, int classes) throws IOException {
    Family.Published<C> naming = family.published(dialect);
    C config = naming.numerics().apply(family.preset(preset).orElseThrow()).withClasses(classes);
    try (Model model = Model.newInstance("network")) {
      var network = config.build();
      model.setBlock(network);
      network.initialize(model.getNDManager());
      StateDict.of(network)
          .save(folder.resolve("weights.safetensors"), naming.written().apply(config), Map.of());
    }
  }
}
