package dev.fovea.cli;

import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The plots of the quickstart, and the style of all plots. Colours are those of Okabe and Ito,
 * distinct to every eye.
 */
final class Charts {

  static final Color BLUE = new Color(0x0072B2);
  static final Color ORANGE = new Color(0xD55E00);
  static final Color GREY = new Color(0x666666);
  private static final Color GRID = new Color(0xE3E6EA);

  private Charts() {}

  /** Loss (left axis) and mean IoU (right axis) over the training steps. */
  static BufferedImage training(QuickstartResult.Training training) {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(420)
            .title("Training")
            .xAxisTitle("step")
            .yAxisTitle("loss")
            .build();
    style(chart.getStyler());
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    chart.getStyler().setXAxisTickMarkSpacingHint(90);
    chart.getStyler().setXAxisMin(0.0);
    double[] steps = new double[training.loss().size()];
    double[] loss = smooth(training.loss());
    for (int i = 0; i < steps.length; i++) {
      steps[i] = i + 1;
    }
    XYSeries curve = chart.addSeries("loss (mean of 20 steps)", steps, loss);
    curve.setLineColor(BLUE);
    curve.setMarker(SeriesMarkers.NONE);
    if (!training.meanIou().isEmpty()) {
      double[] at = training.meanIou().keySet().stream().mapToDouble(Long::doubleValue).toArray();
      double[] iou = training.meanIou().values().stream().mapToDouble(v -> v).toArray();
      XYSeries checks = chart.addSeries("mean IoU, held-out (%)", at, iou);
      checks.setYAxisGroup(1);
      checks.setLineColor(ORANGE);
      checks.setMarkerColor(ORANGE);
      checks.setMarker(SeriesMarkers.CIRCLE);
      chart.setYAxisGroupTitle(1, "mean IoU (%)");
      chart.getStyler().setYAxisGroupPosition(1, Styler.YAxisPosition.Right);
      chart.getStyler().setYAxisMin(1, 0.0).setYAxisMax(1, 100.0);
    }
    chart.getStyler().setYAxisMin(0, 0.0);
    return BitmapEncoder.getBufferedImage(chart);
  }

  /** One bar per mode: median latency. */
  static BufferedImage latency(List<QuickstartResult.Mode> modes) {
    return bars(
        "Latency of one image (median, shorter is faster)",
        "milliseconds",
        modes.stream().map(QuickstartResult.Mode::name).toList(),
        modes.stream().map(QuickstartResult.Mode::medianMs).toList(),
        BLUE,
        "0.00");
  }

  /** One bar per mode: images in a second. */
  static BufferedImage speed(BenchmarkResult.OfModel model) {
    return bars(
        model.model() + ": images a second (longer is faster)",
        "images/s",
        model.modes().stream().map(BenchmarkResult.OfMode::mode).toList(),
        model.modes().stream().map(BenchmarkResult.OfMode::imagesPerSecond).toList(),
        BLUE,
        "0.0");
  }

  /** One bar per class. */
  static BufferedImage iou(List<String> classes, List<Double> iou) {
    return bars("Held-out images: IoU by class", "IoU (%)", classes, iou, ORANGE, "0.0");
  }

  private static BufferedImage bars(
      String title,
      String unit,
      List<String> names,
      List<Double> values,
      Color color,
      String format) {
    CategoryChart chart =
        new CategoryChartBuilder().width(700).height(380).title(title).yAxisTitle(unit).build();
    style(chart.getStyler());
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setAvailableSpaceFill(0.55);
    chart.getStyler().setLabelsVisible(true);
    chart.getStyler().setDecimalPattern(format);
    chart.getStyler().setYAxisMin(0.0);
    chart.addSeries(unit, names, values).setFillColor(color);
    return BitmapEncoder.getBufferedImage(chart);
  }

  /** What all plots have in common. */
  static void style(AxesChartStyler styler) {
    Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(GRID);
    styler.setChartTitleFont(plain.deriveFont(Font.BOLD, 16f));
    styler.setChartTitleBoxVisible(false);
    styler.setAxisTitleFont(plain.deriveFont(14f));
    styler.setAxisTickLabelsFont(plain);
    styler.setAxisTickLabelsColor(GREY);
    styler.setLegendFont(plain);
    styler.setLegendBorderColor(GRID);
  }

  private static double[] smooth(List<Double> loss) {
    double[] smooth = new double[loss.size()];
    for (int i = 0; i < smooth.length; i++) {
      int from = Math.max(0, i - 19);
      smooth[i] = loss.subList(from, i + 1).stream().mapToDouble(v -> v).average().orElseThrow();
    }
    return smooth;
  }
}
