package dev.fovea.cli;

import dev.fovea.cli.ImbalanceResult.Answer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The page, the table and the conclusion of the imbalance demonstration. */
final class ImbalanceReport {

  /** The columns of {@link #rows}. */
  static final List<String> COLUMNS =
      List.of("loss", "rare recall", "common recall", "accuracy", "balanced acc.", "seeds won");

  private ImbalanceReport() {}

  static String page(
      ImbalanceResult result, BufferedImage focal, BufferedImage recall, BufferedImage byDigit)
      throws IOException {
    return new HtmlReport(
            "Losses for imbalanced classes",
            "The same small network, trained with "
                + result.losses().size()
                + " losses on handwritten digits of which three are rare, judged on digits that"
                + " are all alike frequent.")
        .figures(figures(result))
        .table("Held-out digits (%)", COLUMNS, rows(result), recall, conclusion(result))
        .table(
            "Recall by digit (%)", digitColumns(result), digitRows(result), byDigit, images(result))
        .section(
            "The focal loss",
            focal,
            "Lin et al., Focal Loss for Dense Object Detection, arXiv:1708.02002, figure 1. The"
                + " larger gamma, the less a decision counts that is right already.")
        .provenance(result.provenance())
        .html();
  }

  private static List<HtmlReport.Figure> figures(ImbalanceResult result) {
    List<HtmlReport.Figure> figures = new ArrayList<>();
    ImbalanceResult.Row best = best(result);
    ImbalanceResult.Row plain = result.losses().get(0);
    figures.add(figure(plain.rareRecall(), "recall of rare digits, " + plain.name()));
    figures.add(figure(best.rareRecall(), "recall of rare digits, " + best.name()));
    figures.add(figure(plain.accuracy(), "accuracy, " + plain.name()));
    figures.add(figure(best.accuracy(), "accuracy, " + best.name()));
    return figures;
  }

  private static HtmlReport.Figure figure(ImbalanceResult.Spread spread, String label) {
    return new HtmlReport.Figure(String.format(Locale.ROOT, "%.1f %%", spread.mean()), label);
  }

  /** A line of numbers a loss, as text: mean and deviation over seeds. */
  static List<List<String>> rows(ImbalanceResult result) {
    List<List<String>> rows = new ArrayList<>();
    for (ImbalanceResult.Row row : result.losses()) {
      rows.add(
          List.of(
              row.name(),
              text(row.rareRecall()),
              text(row.commonRecall()),
              text(row.accuracy()),
              text(row.balancedAccuracy()),
              row.answer() == Answer.NONE ? "–" : result.wins(row) + " of " + row.runs().size()));
    }
    return rows;
  }

  private static List<String> digitColumns(ImbalanceResult result) {
    List<String> columns = new ArrayList<>(List.of("loss"));
    for (int digit = 0; digit < result.data().train().size(); digit++) {
      columns.add(result.data().rare().contains(digit) ? digit + " *" : String.valueOf(digit));
    }
    return columns;
  }

  /** A line of recalls a loss, as text: mean and deviation over seeds. */
  private static List<List<String>> digitRows(ImbalanceResult result) {
    List<List<String>> rows = new ArrayList<>();
    for (ImbalanceResult.Row row : result.losses()) {
      List<String> cells = new ArrayList<>(List.of(row.name()));
      row.recall().forEach(spread -> cells.add(text(spread, 0)));
      rows.add(cells);
    }
    return rows;
  }

  static String text(ImbalanceResult.Spread spread) {
    return text(spread, 1);
  }

  private static String text(ImbalanceResult.Spread spread, int decimals) {
    String number = "%." + decimals + "f";
    return spread.deviation() == null
        ? String.format(Locale.ROOT, number, spread.mean())
        : String.format(Locale.ROOT, number + " ± " + number, spread.mean(), spread.deviation());
  }

  /** What the numbers say, whatever they say. */
  static String conclusion(ImbalanceResult result) {
    ImbalanceResult.Row plain = result.losses().get(0);
    return "Of the rare digits, %s recognizes %s %%. Focusing alone: %s. Weighing classes: %s. Both: %s."
            .formatted(
                plain.name(),
                text(plain.rareRecall()),
                list(result, Answer.FOCUS),
                list(result, Answer.WEIGHTS),
                list(result, Answer.BOTH))
        + " Mean ± standard deviation over the seeds; “better” counts the seeds in which a loss"
        + " recognized more of the rare digits than "
        + plain.name()
        + " did.";
  }

  private static String list(ImbalanceResult result, Answer answer) {
    List<String> losses = new ArrayList<>();
    for (ImbalanceResult.Row row : result.losses()) {
      if (row.answer() == answer) {
        losses.add(
            "%s %s (better in %d of %d)"
                .formatted(
                    row.name(), text(row.rareRecall()), result.wins(row), row.runs().size()));
      }
    }
    return String.join(", ", losses);
  }

  private static String images(ImbalanceResult result) {
    return "Images for training, by digit from 0: %s. Held-out images: %s."
        .formatted(join(result.data().train()), join(result.data().test()));
  }

  private static String join(List<Long> counts) {
    return String.join(", ", counts.stream().map(String::valueOf).toList());
  }

  private static ImbalanceResult.Row best(ImbalanceResult result) {
    return result.losses().stream()
        .max(Comparator.comparingDouble(row -> row.rareRecall().mean()))
        .orElseThrow();
  }
}
