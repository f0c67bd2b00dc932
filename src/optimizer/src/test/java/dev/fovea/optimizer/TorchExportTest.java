package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.nn.Layer;
import dev.fovea.weights.StateDict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * An exported network beside what {@code torch.onnx.export} makes of the published implementation
 * with the same weights: both files give in ONNX Runtime what PyTorch gives.
 */
@EnabledIfEnvironmentVariable(
    named = "TORCH_PYTHON",
    matches = ".+",
    disabledReason =
        "TORCH_PYTHON names no Python with torch, timm, transformers, safetensors and onnxruntime")
class TorchExportTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "convnext_atto, timm, 96 64 128",
    "convnextv2_atto, timm, 96 64 128",
    "resnet18, torchvision, 96 64 128",
    "segformer_b0, huggingface, 128 64 96",
    "vit_tiny, timm, 224 224"
  })
  void the_exported_file_computes_what_pytorch_and_its_own_export_compute(
      String preset, String dialect, String sides) throws Exception {
    int classes = 20;
    List<String> size = List.of(sides.split(" ", -1));
    Path weights = folder.resolve("weights.safetensors");
    Path file = folder.resolve("fovea.onnx");
    try (Model model = model(Fovea.registry().family(preset), preset, dialect, classes, weights)) {
      long side = Long.parseLong(size.get(0));
      Optimizer.of(model).input(new Shape(1, 3, side, side)).export(file);
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getenv("TORCH_PYTHON"),
                "src/test/python/torch_export.py",
                preset,
                weights.toString(),
                file.toString(),
                String.valueOf(classes)));
    command.addAll(size);
    String[] errors = run(command).split(" ", -1);
    assertThat(Double.parseDouble(errors[0])).as("torch.onnx.export").isLessThanOrEqualTo(1e-4);
    assertThat(Double.parseDouble(errors[1])).as("Fovea").isLessThanOrEqualTo(1e-4);
  }

  private static <C extends ModelConfig<C>> Model model(
      Family<C> family, String preset, String dialect, int classes, Path weights)
      throws IOException {
    Family.Published<C> published = family.published(dialect);
    C sizes =
        family.presets().stream()
            .filter(p -> p.name().equals(preset))
            .map(Family.Preset::config)
            .findFirst()
            .orElseThrow();
    C config = published.numerics().apply(sizes).withClasses(classes);
    Layer network = config.build();
    Model model = Model.newInstance(preset, "PyTorch");
    model.getNDManager().getEngine().setRandomSeed(5);
    network.initialize(model.getNDManager());
    Contract.spread(network);
    model.setBlock(network);
    StateDict.of(network).save(weights, published.written().apply(config), Map.of());
    return model;
  }

  private static String run(List<String> command) throws Exception {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.strip();
  }
}
