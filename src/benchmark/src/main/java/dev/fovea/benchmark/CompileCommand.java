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
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes fast models without a cache, with an empty one and with a filled one. */
@Command(
    name = "compile",
    description = "Times tracing, rewriting and compiling, without a cache and from one.",
    mixinStandardHelpOptions = true)
final class CompileCommand implements Callable<Integer> {

  private static final String TRACE = "trace";
  private static final String AGAIN = "trace with a filled cache";
  private static final String REWRITE = "rewrite";
  private static final String WITHOUT = "compile without a cache";
  private static final String FILL = "compile with an empty cache";
  private static final String CACHED = "compile with a filled cache";
  private static final String START = "all three without a cache";
  private static final String START_CACHED = "all three with a filled cache";

  private static final List<String> STEPS =
      List.of(TRACE, AGAIN, REWRITE, WITHOUT, FILL, CACHED, START, START_CACHED);

  @Spec private CommandSpec spec;

  @Mixin private SubjectOptions subjects;

  @Option(
      names = "--backend",
      defaultValue = Backend.OPENVINO,
      description = "One that has a cache. Default: ${DEFAULT-VALUE}.")
  private String backend;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Times that each is done, one after the other. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  CompileCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    for (Subject subject : subjects.models()) {
      Path folder = subjects.folder(subject);
      Results results = new Results();
      try (Model model = subject.open(folder.resolve("weights.safetensors"))) {
        for (int round = 0; round < rounds; round++) {
          Path cache = Files.createTempDirectory(folder, "cache");
          Supplier<Optimizer> start =
              () -> Optimizer.of(model).backend(backend).fixedInput(subject.shape());
          measure(start.get(), cache, results);
          Supplier<Optimizer> cached = () -> start.get().cache(cache);
          cached.get().traced(); // leaves behind that the graph was verified
          time(AGAIN, () -> cached.get().traced(), results);
          time(START, () -> start.get().optimize().close(), results);
          time(START_CACHED, () -> cached.get().optimize().close(), results);
        }
      }
      out.println(subject.preset());
      for (String step : STEPS) {
        out.printf(
            Locale.ROOT,
            "  %s: median %.0f ms, min %.0f ms%n",
            step,
            results.median(step),
            results.min(step));
      }
      out.printf(
          Locale.ROOT,
          "  cached: compiling %.1f times as fast as without a cache, all three %.1f times%n",
          results.median(WITHOUT) / results.median(CACHED),
          results.median(START) / results.median(START_CACHED));
      out.flush();
    }
    return 0;
  }

  /** Steps of one optimizer, whose graphs take memory only as long as this runs. */
  private static void measure(Optimizer optimizer, Path cache, Results results) {
    time(TRACE, optimizer::traced, results);
    time(REWRITE, optimizer::rewritten, results);
    time(WITHOUT, () -> optimizer.optimize().close(), results);
    optimizer.cache(cache);
    time(FILL, () -> optimizer.optimize().close(), results);
    time(CACHED, () -> optimizer.optimize().close(), results);
  }

  private static void time(String step, Runnable work, Results results) {
    long start = System.nanoTime();
    work.run();
    results.add(step, new double[] {(System.nanoTime() - start) * 1e-6});
  }
}
