package dev.fovea.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.fovea.data.Digits;
import dev.fovea.image.SegmentationSheet;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fovea imbalance}: what losses make of classes that are rare. */
@Command(
    name = "imbalance",
    description =
        "Trains a small network on digits, some of them rare, with one loss after the other, and"
            + " shows which finds the rare ones.",
    mixinStandardHelpOptions = true)
final class ImbalanceCommand implements Callable<Integer> {

  private static final Gson JSON = new GsonBuilder().setPrettyPrinting().create();
  private static final int MOST_SEEDS = 20; // each has three rare images of its own

  private static final int WARM_UP = 20; // steps, too slow to tell the time left from

  @Spec private CommandSpec spec;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      converter = OutputFolder.class,
      defaultValue = "imbalance",
      description = "where to write (default: ${DEFAULT-VALUE})")
  private Path output;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "3",
      description = "how often each loss is tried, 1 to 20 (default: ${DEFAULT-VALUE})")
  private int seeds;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "16",
      description = "of each training, ${DEFAULT-VALUE} by default; fewer is faster")
  private int epochs;

  @Option(names = "--json", description = "print the result as JSON instead of a table")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ImbalanceCommand() {}

  @Override
  public Integer call() throws Exception {
    if (seeds < 1 || seeds > MOST_SEEDS) {
      throw new ParameterException(
          spec.commandLine(),
          "--seeds: 1 to " + MOST_SEEDS + ", got " + seeds + "; the default is 3");
    }
    if (epochs < 1) {
      throw new ParameterException(
          spec.commandLine(), "--epochs: 1 or more, got " + epochs + "; the default is 16");
    }
    Files.createDirectories(output);
    ImbalanceResult result = run(new Imbalance(epochs));
    Files.writeString(output.resolve("results.json"), JSON.toJson(result) + "\n");
    draw(result);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(JSON.toJson(result));
    } else {
      print(result, out);
    }
    out.flush();
    return 0;
  }

  private ImbalanceResult run(Imbalance imbalance) throws IOException {
    long steps = imbalance.steps(seeds);
    AtomicLong done = new AtomicLong();
    long start = System.nanoTime();
    ProgressBar bar = ProgressBar.onStandardError("training");
    List<ImbalanceResult.Row> rows =
        imbalance.run(
            seeds,
            (title, progress) -> {
              double seconds = (System.nanoTime() - start) * 1e-9;
              long now = done.incrementAndGet();
              Duration left =
                  now < WARM_UP
                      ? null
                      : Duration.ofMillis((long) (1e3 * seconds / now * (steps - now)));
              String loss = String.format(Locale.ROOT, "loss %.3f", progress.loss());
              bar.update(now, steps, title + "  " + loss, left);
            });
    return new ImbalanceResult(
        imbalance.provenance(seeds),
        new ImbalanceResult.Data(
            Imbalance.RARE, counts(Imbalance.train(1)), counts(Imbalance.test())),
        rows,
        (System.nanoTime() - start) * 1e-9);
  }

  private static List<Long> counts(Digits data) {
    return Arrays.stream(data.counts()).boxed().toList();
  }

  private void draw(ImbalanceResult result) throws IOException {
    BufferedImage focal =
        ImbalanceCharts.focal(FocalCurve.GAMMAS.stream().map(FocalCurve::of).toList());
    BufferedImage recall = ImbalanceCharts.recall(result);
    BufferedImage byDigit = ImbalanceCharts.byDigit(result);
    SegmentationSheet.write(focal, output.resolve("focal.png"));
    SegmentationSheet.write(recall, output.resolve("recall.png"));
    SegmentationSheet.write(byDigit, output.resolve("digits.png"));
    Files.writeString(
        output.resolve("report.html"), ImbalanceReport.page(result, focal, recall, byDigit));
  }

  private void print(ImbalanceResult result, PrintWriter out) {
    String format = "%-16s %13s %13s %13s %13s %10s%n";
    out.printf("%nHeld-out digits (%%)%n");
    out.printf(format, ImbalanceReport.COLUMNS.toArray());
    for (List<String> row : ImbalanceReport.rows(result)) {
      out.printf(format, row.toArray());
    }
    out.printf("%n%s%n", ImbalanceReport.conclusion(result));
    out.printf("%nLook at %s%n", output.resolve("report.html"));
  }
}
