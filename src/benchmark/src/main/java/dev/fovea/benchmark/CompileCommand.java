package dev.fovea.benchmark;

import ai.djl.Model;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.backend.Backend;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compiles each model with an empty cache and again with a filled one. */
@Command(
    name = "compile",
    description = "Times compiling with OpenVINO, cold and from its cache.",
    mixinStandardHelpOptions = true)
final class CompileCommand implements Callable<Integer> {

  private static final int ROUNDS = 3;

  @Spec private CommandSpec spec;

  @Option(
      names = "--models",
      split = ",",
      defaultValue = "CONVNEXT_TINY,SEGFORMER_B0,VIT_BASE",
      description = "Of: ${COMPLETION-CANDIDATES}. Default: all.")
  private List<Subject> models;

  @Option(
      names = "--output",
      defaultValue = "target/benchmark",
      description = "Folder of caches. Default: ${DEFAULT-VALUE}.")
  private Path output;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  CompileCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    for (Subject subject : models) {
      Path folder = output.resolve(subject.preset());
      Files.createDirectories(folder);
      Results results = new Results();
      try (Model model = subject.open(folder.resolve("weights.safetensors"))) {
        Optimizer optimizer =
            Optimizer.of(model).backend(Backend.OPENVINO).fixedInput(subject.shape());
        optimizer.rewritten(); // traced once, not part of compiling
        for (int round = 0; round < ROUNDS; round++) {
          optimizer.cache(Files.createTempDirectory(folder, "cache"));
          results.add("cold", new double[] {compile(optimizer)});
          results.add("cached", new double[] {compile(optimizer)});
        }
      }
      out.printf(
          Locale.ROOT,
          "%s: cold %.0f ms, cached %.0f ms, %.1f times as fast%n",
          subject.preset(),
          results.median("cold"),
          results.median("cached"),
          results.median("cold") / results.median("cached"));
      out.flush();
    }
    return 0;
  }

  private static double compile(Optimizer optimizer) {
    long start = System.nanoTime();
    optimizer.optimize().close();
    return (System.nanoTime() - start) * 1e-6;
  }
}
