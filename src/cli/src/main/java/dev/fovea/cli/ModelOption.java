package dev.fovea.cli;

import ai.djl.Model;
import dev.fovea.Fovea;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --model}: which network, with which weights. */
final class ModelOption {

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "a folder that Fovea.save wrote")
  private String source;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ModelOption() {}

  /** Opens the model; the caller closes it. */
  Model open() throws IOException {
    Path folder = Path.of(source);
    if (!Files.exists(folder)) {
      throw new IllegalArgumentException("--model " + source + ": no such folder");
    }
    return Fovea.load(folder);
  }

  String source() {
    return source;
  }
}
