package dev.fovea.cli;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots of the focal loss and of what losses make of imbalanced data. */
final class ImbalanceCharts {

  // Okabe and Ito; black is cross entropy, as far from the focal losses as can be
  private static final List<Color> COLORS =
      List.of(Color.BLACK, new Color(0x56B4E9), Charts.BLUE, Charts.ORANGE, new Color(0xCC79A7));

  private ImbalanceCharts() {}

  /** Left the loss over the probability of the true class, right the size of its gradient. */
  static BufferedImage focal(List<FocalCurve> curves) {
    BufferedImage loss = curves("Focal loss", "loss", 5, true, curves, FocalCurve::loss);
    BufferedImage gradient =
        curves(
            "Size of its gradient by the logit",
            "gradient",
            1.4,
            false,
            curves,
            FocalCurve::gradient);
    BufferedImage both =
        new BufferedImage(
            loss.getWidth() + gradient.getWidth(), loss.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = both.createGraphics();
    graphics.drawImage(loss, 0, 0, null);
    graphics.drawImage(gradient, loss.getWidth(), 0, null);
    graphics.dispose();
    return both;
  }

  private static BufferedImage curves(
      String title,
      String axis,
      double max,
      boolean legend,
      List<FocalCurve> curves,
      Function<FocalCurve, List<Double>> values) {
    XYChart chart =
        new XYChartBuilder()
            .width(520)
            .height(420)
            .title(title)
            .xAxisTitle("probability of the true class")
            .yAxisTitle(axis)
            .build();
    Charts.style(chart.getStyler());
    chart.getStyler().setLegendVisible(legend);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNE);
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(1.0);
    chart.getStyler().setXAxisTickMarkSpacingHint(80).setXAxisDecimalPattern("0.0");
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(max);
    for (int i = 0; i < curves.size(); i++) {
      FocalCurve curve = curves.get(i);
      String name = "γ = " + (curve.gamma() == 0.5 ? "0.5" : "%.0f".formatted(curve.gamma()));
      XYSeries series =
          chart.addSeries(
              curve.gamma() == 0 ? name + " (cross entropy)" : name,
              curve.probability(),
              values.apply(curve));
      series.setLineColor(COLORS.get(i));
      series.setLineStyle(new BasicStroke(2.2f));
      series.setMarker(SeriesMarkers.NONE);
    }
    return BitmapEncoder.getBufferedImage(chart);
  }

  /** Recall of rare and of common digits, a pair of bars a loss. */
  static BufferedImage recall(ImbalanceResult result) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(1000)
            .height(460)
            .title("Recall on held-out digits (mean and deviation over seeds)")
            .yAxisTitle("recall (%)")
            .build();
    Charts.style(chart.getStyler());
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    chart.getStyler().setAvailableSpaceFill(0.7);
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(100.0);
    chart.getStyler().setErrorBarsColor(Color.BLACK);
    chart.getStyler().setPlotGridVerticalLinesVisible(false);
    bars(chart, "rare digits", result, ImbalanceResult.Row::rareRecall, Charts.ORANGE);
    bars(chart, "common digits", result, ImbalanceResult.Row::commonRecall, Charts.BLUE);
    return BitmapEncoder.getBufferedImage(chart);
  }

  private static void bars(
      CategoryChart chart,
      String name,
      ImbalanceResult result,
      Function<ImbalanceResult.Row, ImbalanceResult.Spread> spread,
      Color color) {
    List<String> losses = result.losses().stream().map(ImbalanceResult.Row::name).toList();
    List<ImbalanceResult.Spread> spreads = result.losses().stream().map(spread).toList();
    CategorySeries series =
        chart.addSeries(
            name,
            losses,
            spreads.stream().map(ImbalanceResult.Spread::mean).toList(),
            spreads.stream().map(s -> s.deviation() == null ? 0 : s.deviation()).toList());
    series.setFillColor(color);
  }

  /** Recall by loss and digit. */
  static BufferedImage byDigit(ImbalanceResult result) {
    HeatMapChart chart =
        new HeatMapChartBuilder()
            .width(1000)
            .height(460)
            .title("Recall by digit (%), mean over seeds; * few images in training")
            .build();
    Charts.style(chart.getStyler());
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setShowValue(true);
    chart.getStyler().setXAxisTickMarkSpacingHint(20); // counts for names on both axes
    chart.getStyler().setRangeColors(new Color[] {Color.WHITE, new Color(0x9CC8E8)});
    chart.getStyler().setMin(0).setMax(100);
    chart.getStyler().setPlotContentSize(1);
    List<Integer> rare = result.data().rare();
    List<String> digits =
        IntStream.range(0, result.data().train().size())
            .mapToObj(digit -> rare.contains(digit) ? digit + " *" : String.valueOf(digit))
            .toList();
    List<ImbalanceResult.Row> upwards = new ArrayList<>(result.losses());
    Collections.reverse(upwards);
    List<Number[]> cells = new ArrayList<>();
    for (int y = 0; y < upwards.size(); y++) {
      for (int x = 0; x < digits.size(); x++) {
        cells.add(new Number[] {x, y, Math.round(upwards.get(y).recall().get(x).mean())});
      }
    }
    chart.addSeries(
        "recall", digits, upwards.stream().map(ImbalanceResult.Row::name).toList(), cells);
    return BitmapEncoder.getBufferedImage(chart);
  }
}
