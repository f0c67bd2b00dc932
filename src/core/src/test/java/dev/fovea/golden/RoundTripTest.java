package dev.fovea.golden;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.fovea.Fovea;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.backbone.VaryingParameters;
import dev.fovea.model.MaskedAutoencoder;
import dev.fovea.model.VisionTransformer;
import dev.fovea.nn.Layer;
import dev.fovea.weights.Checkpoint;
import dev.fovea.weights.Dialect;
import dev.fovea.weights.SafeTensors;
import dev.fovea.weights.StateDict;
import dev.fovea.weights.TensorInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is written here, timm, transformers and torchvision load strictly, with the same logits
 * within 1e-4; what they write comes back. Runs where {@code TORCH_PYTHON} names a Python that has
 * them, with {@code src/test/python/round_trip.py}.
 */
@EnabledIfEnvironmentVariable(
    named = "TORCH_PYTHON",
    matches = ".+",
    disabledReason = "TORCH_PYTHON names no Python with torch, torchvision, timm and transformers")
class RoundTripTest {
  private static final double TOLERANCE = 1e-4;
  private static final int CLASSES = 7;

  /** One dialect of one preset each; these come back as well. */
  private static final List<String> BOTH_WAYS =
      List.of(
          "convnext_atto.timm",
          "convnext_tiny.timm",
          "convnext_atto.huggingface",
          "convnextv2_atto.timm",
          "convnextv2_tiny.timm",
          "convnextv2_atto.huggingface",
          "resnet18.torchvision",
          "resnet50.torchvision",
          "resnet18.timm",
          "resnet18.huggingface",
          "vit_tiny.timm",
          "vit_tiny.facebook",
          "vit_tiny.huggingface",
          "mae_nano.huggingface",
          "mae_nano.facebook",
          "segformer_b0.huggingface",
          "segformer_b0.mmseg",
          "mit_b0.huggingface",
          "convnext_atto.huggingface.base",
          "convnextv2_atto.huggingface.base",
          "resnet18.huggingface.base",
          "mit_b0.huggingface.base",
          "vit_tiny.huggingface.base",
          "vit_tiny.huggingface.mae");

  /** No package writes these; timm reads the authors' names. */
  private static final List<String> ONE_WAY =
      List.of(
          "segformer_b0.nvlabs",
          "convnext_atto.facebook",
          "convnextv2_atto.facebook",
          "convnextv2_atto.fcmae");

  @TempDir Path folder;

  /**
   * A third part of the name is a file without a head, and without the prefix of those with one.
   */
  private record Case(
      String name, Layer network, VaryingParameters varying, Dialect read, Dialect written) {
    static Case of(String name) {
      String[] parts = name.split("\\.", -1);
      return of(name, Fovea.registry().family(parts[0]), parts[0], parts[1]);
    }

    private static <C extends ModelConfig<C>> Case of(
        String name, Family<C> family, String preset, String dialect) {
      Family.Published<C> published = family.published(dialect);
      C sizes =
          family.presets().stream()
              .filter(p -> p.name().equals(preset))
              .findFirst()
              .orElseThrow()
              .config();
      C config = published.numerics().apply(sizes);
      boolean headless = config.classes() == 0 || name.split("\\.", -1).length > 2;
      C used = config.withClasses(headless ? 0 : CLASSES);
      return new Case(
          name, used.build(), used.varying(), published.dialect(), published.written().apply(used));
    }

    NDArray run(Map<String, NDArray> inputs, NDManager manager) {
      boolean large = network instanceof VisionTransformer;
      NDList given = new NDList(inputs.get(large ? "large" : "small"));
      if (network instanceof MaskedAutoencoder) {
        given.add(inputs.get("noise"));
      }
      return network.forward(new ParameterStore(manager, false), given, false).head();
    }
  }

  /** Values that are a function of their name, but for positions, which keep theirs. */
  private record Hashed(StateDict own, Map<String, TensorInfo> tensors) implements Checkpoint {
    @Override
    public String source() {
      return "hash";
    }

    @Override
    public NDArray read(NDManager manager, String name) {
      Shape shape = Objects.requireNonNull(own.tensors().get(name)).shape();
      return name.contains("pos_embed")
          ? own.read(manager, name)
          : manager.create(HashValues.weights(name, shape.getShape()), shape).duplicate();
    }
  }

  @Test
  void the_packages_load_what_is_written_here_and_write_what_loads_here() throws Exception {
    try (NDManager manager = NDManager.newBaseManager()) {
      Map<String, NDArray> inputs =
          Map.of(
              "small", input(manager, "small", new Shape(2, 3, 96, 96)),
              "large", input(manager, "large", new Shape(2, 3, 224, 224)),
              "noise", input(manager, "noise", new Shape(2, 144)).add(1).div(2));
      SafeTensors.write(folder.resolve("inputs.safetensors"), inputs, Map.of());
      for (List<String> names : List.of(BOTH_WAYS, ONE_WAY)) {
        for (String name : names) {
          write(Case.of(name), inputs);
        }
      }
      String report = python();
      assertThat(report.lines()).hasSize(BOTH_WAYS.size() + ONE_WAY.size());
      for (String name : BOTH_WAYS) {
        readBack(Case.of(name), inputs);
      }
    }
  }

  private static NDArray input(NDManager manager, String name, Shape shape) {
    return manager.create(HashValues.uniform(name, Math.toIntExact(shape.size())), shape);
  }

  private Path file(Case c, String what) {
    return folder.resolve(c.name + "." + what + ".safetensors");
  }

  private void write(Case c, Map<String, NDArray> inputs) throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      c.network.initialize(manager);
      StateDict own = StateDict.of(c.network);
      own.load(new Hashed(own, own.tensors()), manager);
      own.save(file(c, "weights"), c.written, Map.of());
      NDArray output = c.run(inputs, manager);
      SafeTensors.write(file(c, "output"), Map.of("output", output), Map.of());
    }
  }

  private void readBack(Case c, Map<String, NDArray> inputs) throws IOException {
    try (NDManager manager = NDManager.newBaseManager();
        SafeTensors weights = SafeTensors.open(file(c, "back"));
        SafeTensors expected = SafeTensors.open(file(c, "expected"))) {
      Checkpoint own = c.read.toOwn(weights);
      boolean headless = c.name.split("\\.", -1).length > 2;
      StateDict.of(c.network).load(headless ? c.varying.headless(own) : own, manager);
      NDArray want = expected.read(manager, "output");
      NDArray got = c.run(inputs, manager);
      assertThat(got.sub(want).abs().max().getFloat() / want.abs().max().getFloat())
          .as(c.name)
          .isLessThanOrEqualTo((float) TOLERANCE);
    }
  }

  private String python() throws IOException, InterruptedException {
    Path log = folder.resolve("log.txt");
    Process process =
        new ProcessBuilder(
                System.getenv("TORCH_PYTHON"), "src/test/python/round_trip.py", folder.toString())
            .redirectError(log.toFile())
            .start();
    String report = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(report + Files.readString(log)).isZero();
    return report;
  }
}
