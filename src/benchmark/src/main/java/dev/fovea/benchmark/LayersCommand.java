package dev.fovea.benchmark;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.CompiledBlock;
import dev.fovea.optimizer.backend.LayerTime;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where each run-time spends its time, by kind of operation. */
@Command(
    name = "layers",
    description = "Shows what each back end spends on each kind of operation.",
    mixinStandardHelpOptions = true)
final class LayersCommand implements Callable<Integer> {

  private static final double LEAST = 0.005; // share that is shown

  @Spec private CommandSpec spec;

  @Mixin private SubjectOptions subjects;

  @Option(
      names = "--backends",
      split = ",",
      defaultValue = "onnxruntime,openvino",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<String> backends;

  @Option(
      names = "--runs",
      defaultValue = "10",
      description = "Runs that are measured. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  LayersCommand() {}

  @Override
  public Integer call() throws IOException {
    for (Subject subject : subjects.models()) {
      Path folder = subjects.folder(subject);
      try (Model model = subject.open(folder.resolve("weights.safetensors"));
          NDManager manager = NDManager.newBaseManager("PyTorch")) {
        NDList input = new NDList(manager.randomUniform(-1, 1, subject.shape(), DataType.FLOAT32));
        for (String backend : backends) {
          Optimizer optimizer =
              Optimizer.of(model)
                  .backend(backend)
                  .fixedInput(subject.shape())
                  .options(Backend.Options.DEFAULT.withProfiling());
          try (Model fast = optimizer.optimize()) {
            print(subject, backend, ((CompiledBlock) fast.getBlock()).profile(input, runs));
          }
        }
      }
    }
    return 0;
  }

  private void print(Subject subject, String backend, List<LayerTime> layers) {
    PrintWriter out = spec.commandLine().getOut();
    Map<String, Double> kinds =
        layers.stream()
            .collect(
                Collectors.groupingBy(
                    layer -> layer.operation() + " by " + layer.kernel(),
                    Collectors.summingDouble(LayerTime::millis)));
    double all = kinds.values().stream().mapToDouble(ms -> ms).sum();
    out.printf(Locale.ROOT, "%s %s: %.1f ms in operations%n", subject.preset(), backend, all);
    kinds.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .filter(kind -> kind.getValue() >= LEAST * all)
        .forEach(
            kind ->
                out.printf(
                    Locale.ROOT,
                    "  %5.1f %% %6.2f ms  %s%n",
                    kind.getValue() / all * 100,
                    kind.getValue(),
                    kind.getKey()));
    out.flush();
  }
}
