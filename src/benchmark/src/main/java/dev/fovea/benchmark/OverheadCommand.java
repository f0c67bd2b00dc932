package dev.fovea.benchmark;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whole predictions of a linear map of 8 numbers beside the run-time's call alone. */
@Command(
    name = "overhead",
    description = "Times predictions of a tiny model beside the run-time's call alone.",
    mixinStandardHelpOptions = true)
final class OverheadCommand implements Callable<Integer> {

  private static final int BLOCKS = 10;
  private static final int RUNS = 5000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--backends",
      split = ",",
      defaultValue = "pytorch,onnxruntime,openvino",
      description = "Default: ${DEFAULT-VALUE}.")
  private List<String> backends;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  OverheadCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (TinyModel model = new TinyModel()) {
      for (String backend : backends) {
        Results results = new Results();
        try (Mode whole = model.whole(backend);
            Mode raw = new RawMode("raw", model.raw(backend))) {
          List<Mode> modes = List.of(whole, raw);
          for (Mode mode : modes) {
            mode.block(RUNS); // until the virtual machine has compiled it
          }
          for (int i = 0; i < BLOCKS; i++) {
            for (Mode mode : modes) {
              results.add(mode.name(), mode.block(RUNS));
            }
          }
        }
        double whole = results.median(backend) * 1e3;
        double raw = results.median("raw") * 1e3;
        out.printf(
            Locale.ROOT,
            "%s: median %.1f us, the call alone %.1f us, around it %.1f us%n",
            backend,
            whole,
            raw,
            whole - raw);
        out.flush();
      }
    }
    return 0;
  }
}
