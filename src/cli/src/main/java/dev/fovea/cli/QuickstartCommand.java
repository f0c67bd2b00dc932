package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.modality.cv.output.CategoryMask;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.fovea.Fovea;
import dev.fovea.data.Shapes;
import dev.fovea.image.Overlay;
import dev.fovea.image.SegmentationSheet;
import dev.fovea.metric.MeanIoU;
import dev.fovea.optimizer.Measure;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.train.Progress;
import dev.fovea.train.TrainingResult;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fovea quickstart}: trains, evaluates, saves, optimizes and shows a small SegFormer. */
@Command(
    name = "quickstart",
    description =
        "Trains a small SegFormer on generated shapes, optimizes it and shows the result.",
    mixinStandardHelpOptions = true)
final class QuickstartCommand implements Callable<Integer> {

  private static final Gson JSON =
      new GsonBuilder().setPrettyPrinting().serializeSpecialFloatingPointValues().create();
  private static final int SHOWN = 6; // images
  private static final String EAGER = "eager";
  private static final String OPTIMIZED = "optimized";

  @Spec private CommandSpec spec;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      converter = OutputFolder.class,
      defaultValue = "quickstart",
      description = "where to write (default: ${DEFAULT-VALUE})")
  private Path output;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "of data, weights and training (default: ${DEFAULT-VALUE})")
  private int seed;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "1100",
      description = "of training, ${DEFAULT-VALUE} by default; fewer is faster and less accurate")
  private int steps;

  @Option(names = "--json", description = "print the result as JSON instead of a table")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  QuickstartCommand() {}

  @Override
  public Integer call() throws Exception {
    if (steps < 1) {
      throw new ParameterException(
          spec.commandLine(), "--steps: 1 or more, got " + steps + "; the default is 1100");
    }
    Files.createDirectories(output);
    QuickstartResult result = run(new Quickstart(seed, steps));
    Files.writeString(output.resolve("results.json"), JSON.toJson(result) + "\n");
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(JSON.toJson(result));
    } else {
      print(result, out);
    }
    out.flush();
    return 0;
  }

  private QuickstartResult run(Quickstart quickstart) throws Exception {
    Map<String, String> provenance = quickstart.provenance();
    try (Model model = quickstart.newModel()) {
      say(
          "%s, %,d parameters, on generated shapes (%d classes), seed %d",
          Quickstart.NETWORK, Quickstart.parameters(model), Shapes.NUM_CLASSES, seed);
      TrainingResult trained = train(quickstart, model);
      List<Shapes.Sample> heldOut = quickstart.heldOut();
      List<CategoryMask> masks = quickstart.predict(model, heldOut);
      MeanIoU.Result accuracy = quickstart.evaluate(heldOut, masks);
      say("held-out mean IoU %.1f %%", 100 * accuracy.meanIou());

      Path file = Fovea.save(model, Quickstart.weights(output), provenance);
      double difference;
      try (Model again = Fovea.load(Quickstart.weights(output))) {
        difference = Quickstart.largestDifference(model, again);
      }
      say("saved %s and loaded it again: largest difference of a logit %.1g", file, difference);

      Optimizer optimizer = quickstart.optimizer(model, provenance);
      optimizer.export(output.resolve("model.onnx"));
      say("traced, rewritten and exported as %s", output.resolve("model.onnx"));
      try (Model fast = optimizer.optimize()) {
        List<CategoryMask> fastMasks = quickstart.predict(fast, heldOut);
        Map<String, Model> modes = new LinkedHashMap<>();
        modes.put(EAGER, model);
        modes.put(OPTIMIZED, fast);
        List<Measure> measures = quickstart.time(modes, heldOut.get(0));
        List<QuickstartResult.Mode> rows = new ArrayList<>();
        rows.add(mode(measures.get(0), accuracy, 100));
        rows.add(
            mode(
                measures.get(1),
                quickstart.evaluate(heldOut, fastMasks),
                Quickstart.agreement(masks, fastMasks)));
        QuickstartResult result =
            new QuickstartResult(
                provenance,
                new QuickstartResult.ModelSummary(
                    Quickstart.NETWORK,
                    Quickstart.parameters(model),
                    Quickstart.SIZE,
                    Quickstart.SIZE),
                training(trained),
                byClass(accuracy),
                100 * accuracy.meanIou(),
                new QuickstartResult.Reload(file.toString(), Files.size(file), difference),
                rows,
                rewrites(optimizer));
        draw(result, heldOut, List.of(masks, fastMasks));
        return result;
      }
    }
  }

  private TrainingResult train(Quickstart quickstart, Model model) throws IOException {
    ProgressBar bar = ProgressBar.onStandardError("training");
    return quickstart.train(
        model, progress -> bar.update(progress.step(), steps, text(progress), left(progress)));
  }

  private static String text(Progress progress) {
    String iou =
        progress.metric().isPresent()
            ? "  mIoU %.1f %%".formatted(100 * progress.metric().getAsDouble())
            : "";
    return String.format(
        Locale.ROOT,
        "loss %.3f%s  %.0f images/s",
        progress.loss(),
        iou,
        progress.imagesPerSecond());
  }

  private static Duration left(Progress progress) {
    return Duration.ofMillis((long) (1000 * progress.secondsLeft()));
  }

  private QuickstartResult.Training training(TrainingResult trained) {
    Map<Long, Double> percent = new LinkedHashMap<>();
    trained.metrics().forEach((step, iou) -> percent.put(step, 100 * iou));
    double speed = steps * (double) Quickstart.BATCH / trained.seconds();
    return new QuickstartResult.Training(
        steps, trained.seconds(), speed, trained.losses(), percent);
  }

  private QuickstartResult.Mode mode(Measure measure, MeanIoU.Result accuracy, double agreement)
      throws IOException {
    String mode = measure.name().equals(EAGER) ? EAGER : Backend.ONNX_RUNTIME;
    return new QuickstartResult.Mode(
        measure.name(),
        measure.medianMillis(),
        measure.p95Millis(),
        measure.speedup(),
        MemoryProbe.measure(Quickstart.weights(output), mode, Quickstart.SIZE),
        100 * accuracy.meanIou(),
        agreement);
  }

  private static Map<String, Double> byClass(MeanIoU.Result accuracy) {
    Map<String, Double> percent = new LinkedHashMap<>();
    for (int i = 0; i < Shapes.NUM_CLASSES; i++) {
      percent.put(Shapes.CLASSES.get(i), 100 * accuracy.iou().get(i));
    }
    return percent;
  }

  private static List<QuickstartResult.RewriteSummary> rewrites(Optimizer optimizer) {
    return optimizer.rewritten().steps().stream()
        .map(
            step ->
                new QuickstartResult.RewriteSummary(step.rewrite(), step.before(), step.after()))
        .toList();
  }

  private void draw(
      QuickstartResult result, List<Shapes.Sample> heldOut, List<List<CategoryMask>> predictions)
      throws IOException {
    SegmentationSheet sheet =
        new SegmentationSheet(
            new Overlay(), List.of("Image", "Ground truth", "Eager", "Optimized"), 192);
    BufferedImage overlays = sheet.draw(Quickstart.rows(heldOut, predictions, SHOWN));
    BufferedImage training = Charts.training(result.training());
    BufferedImage iou =
        Charts.iou(
            List.copyOf(result.iouByClass().keySet()), List.copyOf(result.iouByClass().values()));
    BufferedImage latency = Charts.latency(result.modes());
    SegmentationSheet.write(overlays, output.resolve("overlays.png"));
    SegmentationSheet.write(training, output.resolve("training.png"));
    SegmentationSheet.write(iou, output.resolve("iou.png"));
    SegmentationSheet.write(latency, output.resolve("latency.png"));
    Files.writeString(
        output.resolve("report.html"),
        QuickstartReport.of(result, overlays, training, iou, latency));
  }

  private void print(QuickstartResult result, PrintWriter out) {
    out.println();
    out.println("IoU by class (%)");
    result
        .iouByClass()
        .forEach((name, iou) -> out.printf(Locale.ROOT, "  %-12s %5.1f%n", name, iou));
    out.printf(Locale.ROOT, "  %-12s %5.1f%n%n", "mean", result.meanIou());
    out.printf(
        "%-10s %10s %9s %9s %16s %8s %12s%n",
        "mode", "median ms", "p95 ms", "speed-up", "peak memory MB", "mIoU %", "agreement %");
    for (QuickstartResult.Mode mode : result.modes()) {
      out.printf(
          Locale.ROOT,
          "%-10s %10.2f %9.2f %9.2f %16s %8.1f %12.2f%n",
          mode.name(),
          mode.medianMs(),
          mode.p95Ms(),
          mode.speedUp(),
          mode.peakMemoryMb() == null ? "-" : "%.1f".formatted(mode.peakMemoryMb()),
          mode.meanIou(),
          mode.agreement());
    }
    out.printf("%nLook at %s%n", output.resolve("report.html"));
  }

  private void say(String format, Object... arguments) {
    PrintWriter err = spec.commandLine().getErr();
    err.printf(Locale.ROOT, format + "%n", arguments);
    err.flush();
  }
}
