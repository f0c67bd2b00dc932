package dev.fovea.cli;

import dev.fovea.optimizer.backend.LayerTime;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/** Shows what {@code fovea benchmark} found: as text, as pictures and as a page. */
final class BenchmarkReport {

  private static final List<String> HEADER =
      List.of(
          "mode",
          "median",
          "average",
          "min",
          "max",
          "p90",
          "p95",
          "p99",
          "images/s",
          "speed-up",
          "first",
          "optimize",
          "compile",
          "memory",
          "error",
          "agreement");
  private static final List<String> LAYERS = List.of("share", "ms", "block", "operation", "kernel");
  private static final int SHOWN = 20; // layers of each mode

  private BenchmarkReport() {}

  static void print(BenchmarkResult result, PrintWriter out) {
    for (BenchmarkResult.OfModel model : result.models()) {
      out.printf(
          Locale.ROOT,
          "%s, input %s, loaded in %.0f ms; times in ms, memory in MB%n",
          model.model(),
          model.input(),
          model.loadMillis());
      table(HEADER, model.modes().stream().map(BenchmarkReport::cells).toList(), out);
      model.notes().forEach(out::println);
      for (BenchmarkResult.OfMode mode : model.modes()) {
        if (!mode.layers().isEmpty()) {
          out.printf("%n%s of %s, slowest first%n", mode.mode(), model.model());
          table(LAYERS, layers(mode), out);
        }
      }
      out.println();
    }
  }

  /** The first column to the left, numbers to the right. */
  private static void table(List<String> header, List<List<String>> rows, PrintWriter out) {
    List<List<String>> all = new ArrayList<>();
    all.add(header);
    all.addAll(rows);
    int[] widths = new int[header.size()];
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    boolean layers = header.equals(LAYERS);
    for (List<String> row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        boolean left = layers ? i >= 2 : i == 0;
        String format = left ? "%-" + widths[i] + "s" : "%" + widths[i] + "s";
        line.append(i == 0 ? "" : "  ").append(String.format(format, row.get(i)));
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private static List<String> cells(BenchmarkResult.OfMode mode) {
    Latencies time = mode.latency();
    return List.of(
        mode.requests() > 1 ? mode.mode() + " x" + mode.requests() : mode.mode(),
        millis(time.median()),
        millis(time.average()),
        millis(time.min()),
        millis(time.max()),
        millis(time.p90()),
        millis(time.p95()),
        millis(time.p99()),
        format("%.1f", mode.imagesPerSecond()),
        format("%.2f", mode.speedup()),
        millis(mode.firstMillis()),
        format("%.0f", mode.optimizeMillis()),
        format("%.0f", mode.compileMillis()),
        memory(mode.peakMegabytes()),
        format("%.1e", mode.error()),
        format("%.2f %%", mode.agreement()));
  }

  private static List<List<String>> layers(BenchmarkResult.OfMode mode) {
    return mode.layers().stream()
        .sorted(Comparator.comparingDouble(LayerTime::share).reversed())
        .limit(SHOWN)
        .map(
            layer ->
                List.of(
                    format("%.1f %%", 100 * layer.share()),
                    format("%.3f", layer.millis()),
                    layer.source().isEmpty() ? "(" + layer.name() + ")" : layer.source(),
                    layer.operation(),
                    layer.kernel()))
        .toList();
  }

  private static String millis(double value) {
    return format("%.2f", value);
  }

  private static String memory(@Nullable Double megabytes) {
    return megabytes == null ? "-" : format("%.0f", megabytes);
  }

  private static String format(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /** A picture for each model, and a page with everything. */
  static void write(BenchmarkResult result, Path folder) throws IOException {
    HtmlReport page =
        new HtmlReport(
            "Benchmark",
            "Ways to run a model, side by side in one process: blocks of ten runs that take turns,"
                + " so that whatever else the machine does disturbs them alike.");
    page.figures(result.models().stream().map(BenchmarkReport::figure).toList());
    for (BenchmarkResult.OfModel model : result.models()) {
      BufferedImage chart = Charts.speed(model);
      ImageIO.write(chart, "png", folder.resolve(fileName(model.model()) + ".png").toFile());
      String notes = String.join(". ", model.notes());
      page.table(
          model.model() + ", input " + model.input(),
          HEADER,
          model.modes().stream().map(BenchmarkReport::cells).toList(),
          chart,
          "Times in milliseconds, memory in megabytes. Error is the largest difference of an output"
              + " to that of the first mode, over its largest output; agreement is the share of"
              + " predicted classes that are the same."
              + (notes.isEmpty() ? "" : " " + notes + "."));
      for (BenchmarkResult.OfMode mode : model.modes()) {
        if (!mode.layers().isEmpty()) {
          page.table(
              "Layers of " + model.model() + ", " + mode.mode(),
              LAYERS,
              layers(mode),
              null,
              "The slowest first; results.json has all of them.");
        }
      }
    }
    page.provenance(result.setup());
    Files.writeString(folder.resolve("report.html"), page.html());
  }

  private static HtmlReport.Figure figure(BenchmarkResult.OfModel model) {
    BenchmarkResult.OfMode best =
        model.modes().stream()
            .max(Comparator.comparingDouble(BenchmarkResult.OfMode::speedup))
            .orElseThrow();
    return new HtmlReport.Figure(
        format("%.1fx", best.speedup()), model.model() + " with " + best.mode());
  }

  /** A name of the catalogue, or the last part of a folder's. */
  private static String fileName(String model) {
    Path name = Path.of(model).getFileName();
    return name == null ? "model" : name.toString();
  }
}
