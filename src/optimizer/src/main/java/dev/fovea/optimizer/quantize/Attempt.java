package dev.fovea.optimizer.quantize;

import ai.djl.util.Progress;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Value;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One strength of SmoothQuant, calibrated: all that is needed to quantize any of the layers.
 *
 * @param graph the float graph, smoothed
 * @param calibration what the samples showed; null if weights alone are quantized
 * @param corrections what is added to biases, by the result of their layer's node
 * @param strength the strength; 0: none
 */
record Attempt(
    Graph graph,
    @Nullable Calibration calibration,
    Map<Value, float[]> corrections,
    double strength) {

  /** Without smoothing. */
  static Attempt plain(
      Graph graph, List<Layer> layers, Samples samples, Settings settings, Progress progress) {
    return of(graph, 0, layers, samples, settings, progress);
  }

  /** With smoothing by what this one was calibrated to. */
  Attempt smoothed(
      double strength, List<Layer> layers, Samples samples, Settings settings, Progress progress) {
    Calibration known = Objects.requireNonNull(calibration);
    Graph smooth = SmoothQuant.apply(graph, layers, known, strength);
    return of(smooth, strength, layers, samples, settings, progress);
  }

  /** With biases corrected layer by layer. */
  Attempt fullyCorrected(
      List<Layer> layers, Samples samples, Settings settings, Progress progress) {
    Calibration known = Objects.requireNonNull(calibration);
    progress.reset("Correcting biases", layers.size());
    Map<Value, float[]> full =
        new FullBiasCorrection(graph, samples, known, settings).of(layers, progress);
    progress.end();
    return new Attempt(graph, known, full, strength);
  }

  private static Attempt of(
      Graph graph,
      double strength,
      List<Layer> layers,
      Samples samples,
      Settings settings,
      Progress progress) {
    String smoothing = strength == 0 ? "" : ", smoothed by " + strength;
    progress.reset("Calibrating" + smoothing, samples.size());
    Map<Value, Integer> axes = observed(graph, layers);
    Calibration calibration = Calibration.of(graph, axes, samples, settings.observer(), progress);
    progress.end();
    Map<Value, float[]> corrections =
        settings.biasCorrection() == BiasCorrection.FAST
            ? FastBiasCorrection.of(graph, layers, calibration, settings)
            : Map.of();
    return new Attempt(graph, calibration, corrections, strength);
  }

  /** The values whose range may be needed, with the axis that counts their channels. */
  private static Map<Value, Integer> observed(Graph graph, List<Layer> layers) {
    Map<Value, Integer> axes = new LinkedHashMap<>();
    Map<Value, List<Node>> readers = Layer.readers(graph);
    Set<Value> ends = new HashSet<>();
    for (Layer layer : layers) {
      axes.put(layer.x(), layer.channelAxis());
      if (layer.isConv()) {
        axes.putIfAbsent(layer.end(), 1);
        ends.add(layer.end());
      }
    }
    for (Node node : graph.nodes()) { // sums of results of convolutions may be quantized
      if (node.op().equals(new ElementOp.Binary(ElementOp.Binary.Kind.ADD))
          && node.inputs().stream().anyMatch(ends::contains)) {
        Value end = Insertion.sumEnd(node, readers);
        ends.add(end);
        axes.putIfAbsent(end, Math.min(1, end.type().rank() - 1));
      }
    }
    return axes;
  }
}
