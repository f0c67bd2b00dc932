package dev.fovea.cli;

import ai.djl.ndarray.types.Shape;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.fovea.optimizer.Hint;
import dev.fovea.optimizer.backend.Backend;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fovea benchmark}: how fast models are, in each way to run them. */
@Command(
    name = "benchmark",
    description =
        "Times the ways to run a model side by side, and says how well they agree. Options have"
            + " the names of OpenVINO's benchmark_app.",
    mixinStandardHelpOptions = true)
final class BenchmarkCommand implements Callable<Integer> {

  private static final Gson JSON =
      new GsonBuilder().setPrettyPrinting().serializeSpecialFloatingPointValues().create();

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      arity = "1..*",
      description =
          "a network that 'fovea models' lists, with random weights, or what 'predict' takes")
  private List<String> models = List.of();

  @Option(
      names = "--modes",
      split = ",",
      paramLabel = "MODE",
      defaultValue = "pytorch,onnxruntime,openvino",
      description =
          "back ends, with commas between them (default: ${DEFAULT-VALUE}); the model as it is,"
              + " eager, comes first in any case")
  private List<String> modes;

  @Option(
      names = "--infer-precision",
      split = ",",
      paramLabel = "PRECISION",
      defaultValue = "f32",
      description =
          "f32, bf16, f16 and int8, where a back end has them (default: ${DEFAULT-VALUE})")
  private List<String> precisions;

  @Option(
      names = "--hint",
      paramLabel = "HINT",
      defaultValue = "latency",
      description = "latency, or throughput, for which --api is async (default: ${DEFAULT-VALUE})")
  private String hint;

  @Option(
      names = "--api",
      paramLabel = "API",
      description = "sync: one prediction at a time; async: several")
  private @Nullable String api;

  @Option(
      names = "--nireq",
      paramLabel = "N",
      defaultValue = "0",
      description = "predictions at a time, for async; 0: as many as keep the back end busy")
  private int requests;

  @Option(
      names = "--niter",
      paramLabel = "N",
      defaultValue = "50",
      description = "timed runs of each mode, in tens (default: ${DEFAULT-VALUE})")
  private int runs;

  @Option(
      names = "--time",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description = "time each mode for this long instead")
  private int seconds;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description = "images in one run (default: ${DEFAULT-VALUE})")
  private int batch;

  @Option(
      names = "--input",
      paramLabel = "1,C,H,W",
      converter = InputShape.class,
      description = "what a model is given; default: one image of its size")
  private @Nullable Shape input;

  @Option(
      names = "--nthreads",
      paramLabel = "N",
      defaultValue = "0",
      description = "threads of onnxruntime and openvino; 0: as they find best")
  private int threads;

  @Option(
      names = "--nstreams",
      paramLabel = "N",
      defaultValue = "0",
      description = "streams of openvino; 0: as the hint asks for")
  private int streams;

  @Option(names = "--pc", description = "show where the time goes, layer by layer")
  private boolean layers;

  @Option(names = "--memory", description = "measure memory too, each mode in its own process")
  private boolean memory;

  @Option(
      names = "--report",
      paramLabel = "DIR",
      converter = OutputFolder.class,
      description = "write results.json, a picture for each model and report.html there")
  private @Nullable Path report;

  @Option(names = "--json", description = "print the result as JSON instead of tables")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  BenchmarkCommand() {}

  @Override
  public Integer call() throws Exception {
    BenchmarkSettings settings = settings();
    if (report != null) {
      Files.createDirectories(report);
    }
    List<BenchmarkResult.OfModel> measured = new ArrayList<>();
    for (String model : models) {
      measured.add(new Benchmark(settings, model).run());
    }
    BenchmarkResult result = new BenchmarkResult(setup(settings), measured);
    if (report != null) {
      Files.writeString(report.resolve("results.json"), JSON.toJson(result) + "\n");
      BenchmarkReport.write(result, report);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(JSON.toJson(result));
    } else {
      BenchmarkReport.print(result, out);
    }
    out.flush();
    return 0;
  }

  private BenchmarkSettings settings() {
    requireOneOf("--hint", hint, "latency", "throughput");
    boolean throughput = hint.equals("throughput");
    String chosen = api == null ? throughput ? "async" : "sync" : api;
    requireOneOf("--api", chosen, "sync", "async");
    requireAtLeast("--niter", runs, 1);
    requireAtLeast("--time", seconds, 0);
    requireAtLeast("--batch", batch, 1);
    requireAtLeast("--nireq", requests, 0);
    boolean async = chosen.equals("async");
    if (requests > 0 && !async) {
      throw new IllegalArgumentException("--nireq is for --api async, got sync");
    }
    for (String mode : modes) {
      if (!mode.equals(BenchmarkMode.EAGER)) {
        Backend.named(mode); // refuses an unknown one
      }
    }
    Backend.Options options =
        Backend.Options.DEFAULT
            .withHint(throughput ? Hint.THROUGHPUT : Hint.LATENCY)
            .withThreads(threads)
            .withStreams(streams);
    return new BenchmarkSettings(
        BenchmarkMode.of(modes, precisions),
        options,
        runs,
        seconds,
        async,
        requests,
        batch,
        Optional.ofNullable(input),
        memory,
        layers);
  }

  private static void requireOneOf(String option, String value, String... known) {
    if (!List.of(known).contains(value)) {
      throw new IllegalArgumentException(
          option + ": " + String.join(" or ", known) + ", got " + value);
    }
  }

  private static void requireAtLeast(String option, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(option + ": " + least + " or more, got " + value);
    }
  }

  private static Map<String, String> setup(BenchmarkSettings settings) {
    Map<String, String> setup = new LinkedHashMap<>();
    setup.put("hint", settings.options().hint().name().toLowerCase(Locale.ROOT));
    setup.put("api", settings.async() ? "async" : "sync");
    setup.put("batch", String.valueOf(settings.batch()));
    setup.put(
        "runs",
        settings.seconds() > 0
            ? settings.seconds() + " s of each mode"
            : settings.runs() + " of each mode");
    for (Diagnosis.Part part : Doctor.examine().parts()) {
      part.found()
          .forEach(
              (name, value) -> {
                if (List.of("version", "engine", "name", "processors", "has").contains(name)) {
                  setup.put(part.name() + " " + name, value);
                }
              });
    }
    return setup;
  }
}
