package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import dev.fovea.image.Preprocess;
import dev.fovea.image.ResizeRule;
import dev.fovea.image.Translators;
import dev.fovea.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Folders that transformers and timm save open, with sizes and labels of their own, and compute the
 * same within 1e-4. Runs where {@code TORCH_PYTHON} names a Python that has them, with {@code
 * src/test/python/hub_folders.py}.
 */
@EnabledIfEnvironmentVariable(
    named = "TORCH_PYTHON",
    matches = ".+",
    disabledReason = "TORCH_PYTHON names no Python with torch, timm and transformers")
class HubFoldersTest {
  private static final float TOLERANCE = 1e-4f;

  @TempDir static Path folders;

  @BeforeAll
  static void write() throws Exception {
    Path log = folders.resolve("log.txt");
    Process python =
        new ProcessBuilder(
                System.getenv("TORCH_PYTHON"), "src/test/python/hub_folders.py", folders.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(python.waitFor(300, TimeUnit.SECONDS)).isTrue();
    assertThat(python.exitValue()).as(Files.readString(log)).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "segformer-tuned, segformer, 6",
    "mit-classifier, mit, 6",
    "convnext-tuned, convnext, 6",
    "convnextv2-tuned, convnextv2, 6",
    "vit-tuned, vit, 6",
    "resnet-tuned, resnet, 6",
    "mae-tuned, mae, 0",
    "convnext-model, convnext, 0",
    "convnextv2-model, convnextv2, 0",
    "segformer-model, mit, 0",
    "vit-model, vit, 0",
    "vit-model-bare, vit, 0",
    "mae-model, vit, 0",
    "timm-convnext, convnext, 6",
    "timm-convnext-torch, convnext, 1000",
    "timm-convnext-bare, convnext, 0",
    "timm-convnextv2, convnextv2, 6",
    "timm-vit, vit, 6",
    "timm-vit-mean, vit, 6",
    "timm-vit-384, vit, 6",
    "timm-resnet, resnet, 6"
  })
  void a_saved_folder_opens_and_computes_the_same(
      String name, String family, int classes, @TempDir Path copy) throws IOException {
    try (Model model = Fovea.load(folders.resolve(name))) {
      assertThat(model.getProperty("fovea.family")).isEqualTo(family);
      assertThat(model.getProperty("fovea.classes")).isEqualTo(String.valueOf(classes));
      if (classes == 6) {
        assertThat(model.getProperty(Translators.LABELS))
            .isEqualTo("[\"cat\",\"dog\",\"bird\",\"fish\",\"tree\",\"rock\"]");
      }
      assertThat(model.getProperty(Translators.PREPROCESS)).isNotNull();
      check(model, name);
      Fovea.save(model, copy, Map.of());
      try (Model again = Fovea.load(copy)) {
        check(again, name);
        for (String key : dev.fovea.hub.ModelProperties.ALL) {
          assertThat(again.getProperty(key)).as(key).isEqualTo(model.getProperty(key));
        }
      }
    }
  }

  private static void check(Model model, String name) throws IOException {
    try (NDManager manager = NDManager.newBaseManager();
        SafeTensors expected = SafeTensors.open(folders.resolve(name + ".expected"))) {
      NDList inputs = new NDList(expected.read(manager, "image"));
      if (expected.tensors().containsKey("noise")) {
        inputs.add(expected.read(manager, "noise"));
      }
      NDArray output =
          model.getBlock().forward(new ParameterStore(manager, false), inputs, false).head();
      NDArray reference = expected.read(manager, "output");
      assertThat(output.getShape()).isEqualTo(reference.getShape());
      assertThat(output.sub(reference).abs().max().getFloat()).isLessThan(TOLERANCE);
      assertThat(reference.abs().max().getFloat()).isGreaterThan(100 * TOLERANCE);
    }
  }

  @Test
  void images_are_prepared_as_the_folder_says() throws IOException {
    try (Model model = Fovea.load(folders.resolve("segformer-tuned"))) {
      Preprocess preprocess =
          Preprocess.fromJson(model.getProperty(Translators.PREPROCESS), "property");
      assertThat(preprocess.resize()).isEqualTo(ResizeRule.exact(128, 96));
    }
    try (Model model = Fovea.load(folders.resolve("timm-vit"))) {
      Preprocess preprocess =
          Preprocess.fromJson(model.getProperty(Translators.PREPROCESS), "property");
      assertThat(preprocess.inputShape().orElseThrow().get(2)).isEqualTo(96);
    }
    try (Model model = Fovea.load(folders.resolve("timm-convnext"))) {
      assertThat(model.getProperty("fovea.licence")).isEqualTo("apache-2.0");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "refused-activation: hidden_act is \"relu\"",
        "refused-bias: qkv_bias is false",
        "refused-mlp: intermediate_size is 48",
        "refused-qk-norm: qk_norm is true"
      })
  void what_is_not_supported_is_refused_by_name_and_value(String refused) {
    String[] parts = refused.split(": ", 2);
    assertThatThrownBy(() -> Fovea.load(folders.resolve(parts[0])))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining(parts[1]);
  }
}
