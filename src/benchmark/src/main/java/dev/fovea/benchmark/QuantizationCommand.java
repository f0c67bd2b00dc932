package dev.fovea.benchmark;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.quantize.Difference;
import dev.fovea.optimizer.quantize.ErrorReport;
import dev.fovea.optimizer.quantize.Quantizer;
import dev.fovea.optimizer.quantize.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where the error of 8-bit integers comes from, in exact arithmetic. */
@Command(
    name = "quantization",
    description = "Measures what each layer adds to the error of 8-bit integers.",
    mixinStandardHelpOptions = true)
final class QuantizationCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private SubjectOptions subjects;

  @Option(
      names = "--samples",
      defaultValue = "4",
      description = "Random images, to calibrate and to compare with. Default: ${DEFAULT-VALUE}.")
  private int samples;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  QuantizationCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    for (Subject subject : subjects.models()) {
      Path folder = subjects.folder(subject);
      try (Model model = subject.open(folder.resolve("weights.safetensors"));
          NDManager manager = model.getNDManager().newSubManager()) {
        CalibrationSet images = new CalibrationSet(subject, samples, manager);
        Optimizer optimizer = Optimizer.of(model).fixedInput(subject.shape());
        print(
            subject.preset(),
            new Quantizer(optimizer.rewritten().graph(), images.samples(), Settings.DEFAULT)
                .report(),
            out);
      }
    }
    return 0;
  }

  private static void print(String name, ErrorReport report, PrintWriter out) {
    out.printf("| %s | mean | largest |%n| --- | ---: | ---: |%n", name);
    print("as by default", report.all(), out);
    print("all layers", report.everything(), out);
    print("weights alone", report.weights(), out);
    print("activations alone", report.activations(), out);
    print("8-bit weights", report.eightBits(), out);
    out.printf(
        "%n| layer alone | mean | largest | share of the work |%n| --- | ---: | ---: | ---: |%n");
    for (ErrorReport.LayerError layer : report.worstFirst()) {
      out.printf(
          Locale.ROOT,
          "| %s%s | %.4f | %.4f | %.2f %% |%n",
          layer.layer(),
          layer.spared() ? " (float)" : "",
          layer.alone().mean(),
          layer.alone().largest(),
          100 * layer.work());
    }
    out.println();
    out.flush();
  }

  private static void print(String part, Difference difference, PrintWriter out) {
    out.printf(
        Locale.ROOT, "| %s | %.4f | %.4f |%n", part, difference.mean(), difference.largest());
  }
}
