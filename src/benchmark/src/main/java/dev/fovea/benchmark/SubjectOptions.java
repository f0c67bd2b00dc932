package dev.fovea.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Which models a command measures, and where it keeps what it writes of each. */
final class SubjectOptions {

  @Option(
      names = "--models",
      split = ",",
      defaultValue = "CONVNEXT_TINY,SEGFORMER_B0,VIT_BASE",
      description = "Of: ${COMPLETION-CANDIDATES}. Default: all.")
  private List<Subject> models;

  @Option(
      names = "--output",
      defaultValue = "target/benchmark",
      description = "Folder of weights, caches and results. Default: ${DEFAULT-VALUE}.")
  private Path output;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  SubjectOptions() {}

  List<Subject> models() {
    return List.copyOf(models);
  }

  /** The folder of one model; made if there is none. */
  Path folder(Subject subject) throws IOException {
    return Files.createDirectories(output.resolve(subject.preset()));
  }
}
