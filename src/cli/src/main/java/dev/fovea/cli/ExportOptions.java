package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.Precision;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code export} and {@code optimize} ask alike: which model, for which input, how stored. */
final class ExportOptions {

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description =
          "a network that 'fovea models' lists, with random weights, or what 'predict' takes")
  private String model;

  @Option(
      names = "--input",
      paramLabel = "N,C,H,W",
      converter = InputShape.class,
      description = "what the model is given; default: one image of its size")
  private @Nullable Shape input;

  @Option(
      names = "--storage",
      defaultValue = "f32",
      description = "bits of the weights in the file: f32, f16 or bf16 (default: ${DEFAULT-VALUE})")
  private String storage;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ExportOptions() {}

  String name() {
    return model;
  }

  /** Opens the model; the caller closes it. */
  Model open() throws IOException {
    return NamedModel.open(model);
  }

  Shape shape(Model opened) {
    return input == null ? NamedModel.input(opened) : input;
  }

  /**
   * The bits of the weights in the file.
   *
   * @throws IllegalArgumentException if there are none of that name
   */
  Precision storage() {
    for (Precision precision : List.of(Precision.F32, Precision.F16, Precision.BF16)) {
      if (precision.name().equalsIgnoreCase(storage)) {
        return precision;
      }
    }
    throw new IllegalArgumentException("--storage: f32, f16 or bf16, got " + storage);
  }
}
