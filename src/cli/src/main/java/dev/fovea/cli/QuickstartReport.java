package dev.fovea.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The page of the quickstart. */
final class QuickstartReport {

  private QuickstartReport() {}

  static String of(
      QuickstartResult result,
      BufferedImage overlays,
      BufferedImage training,
      BufferedImage iou,
      BufferedImage latency)
      throws IOException {
    return new HtmlReport(
            "Fovea quickstart",
            String.format(
                Locale.ROOT,
                "A %s with %,d parameters, trained from scratch, evaluated, saved, traced and"
                    + " optimized on this machine.",
                result.model().name(),
                result.model().parameters()))
        .figures(figures(result))
        .section(
            "Held-out images",
            overlays,
            "The photographs behind the shapes were not used for training.")
        .section("Training", training, null)
        .section("Accuracy", iou, null)
        .table(
            "Eager and optimized, one image at a time",
            List.of(
                "mode",
                "median ms",
                "p95 ms",
                "speed-up",
                "peak memory MB",
                "mean IoU %",
                "agreement %"),
            modes(result),
            latency,
            "Modes alternate in blocks of ten runs in one process, so that a busy machine slows"
                + " both. Peak memory is how much a process of its own grows from before it loads"
                + " the model.")
        .provenance(result.provenance())
        .html();
  }

  private static List<HtmlReport.Figure> figures(QuickstartResult result) {
    QuickstartResult.Mode fast = result.modes().get(result.modes().size() - 1);
    QuickstartResult.Training training = result.training();
    return List.of(
        new HtmlReport.Figure(number("%.1f %%", result.meanIou()), "mean IoU, held-out"),
        new HtmlReport.Figure(
            number("%.0f s", training.seconds()), "of training, " + training.steps() + " steps"),
        new HtmlReport.Figure(number("%.2f×", fast.speedUp()), fast.name() + " against eager"),
        new HtmlReport.Figure(number("%.2f %%", fast.agreement()), "of pixels agree with eager"));
  }

  private static List<List<String>> modes(QuickstartResult result) {
    List<List<String>> rows = new ArrayList<>();
    for (QuickstartResult.Mode mode : result.modes()) {
      rows.add(
          List.of(
              mode.name(),
              number("%.2f", mode.medianMs()),
              number("%.2f", mode.p95Ms()),
              number("%.2f", mode.speedUp()),
              number("%.1f", mode.peakMemoryMb()),
              number("%.1f", mode.meanIou()),
              number("%.2f", mode.agreement())));
    }
    return rows;
  }

  private static String number(String format, @Nullable Double number) {
    return number == null ? "–" : String.format(Locale.ROOT, format, number);
  }
}
