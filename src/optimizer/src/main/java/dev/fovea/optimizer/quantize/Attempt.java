package dev.fovea.optimizer.quantize;

import ai.djl.ndarray.types.Shape;
import ai.djl.util.Progress;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Value;
import java.util.HashMap;
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
 * @param weights the weights as integers
 * @param corrections what is added to biases, by the result of their layer's node
 * @param strength the strength; 0: none
 */
record Attempt(
    Graph graph,
    @Nullable Calibration calibration,
    RoundedWeights weights,
    Map<Value, float[]> corrections,
    double strength) {

  /** The graph with these layers in integers. */
  Graph insert(List<Layer> layers, Settings settings) {
    return new Insertion(graph, layers, calibration, corrections, weights, settings).graph();
  }

  /** Multiply-accumulates of a layer, the mean of the samples. */
  double work(Layer layer) {
    Value counted = layer.isConv() ? layer.end() : layer.x();
    double rows = Objects.requireNonNull(calibration).of(counted).rowsPerSample();
    return rows * new Shape(dims(layer.weight())).size();
  }

  private static long[] dims(Value weight) {
    return weight.type().dims().stream().mapToLong(Long::longValue).toArray();
  }

  /** Without smoothing. */
  static Attempt plain(
      Graph graph, List<Layer> layers, Samples samples, Settings settings, Progress progress) {
    Map<Value, Integer> axes = observed(graph, layers);
    progress.reset("Calibrating", samples.size());
    Calibration calibration = Calibration.of(graph, axes, samples, settings.observer(), progress);
    progress.end();
    return of(graph, calibration, 0, layers, settings);
  }

  /** With smoothing by what this one was calibrated to. */
  Attempt smoothed(
      double strength, List<Layer> layers, Samples samples, Settings settings, Progress progress) {
    Calibration known = Objects.requireNonNull(calibration);
    Graph smooth = SmoothQuant.apply(graph, layers, known, strength);
    Map<Value, Integer> changed = observed(graph, layers);
    Map<Value, Node> definitions = new HashMap<>();
    graph.nodes().forEach(n -> definitions.put(n.output(), n));
    changed.keySet().removeIf(v -> !SmoothQuant.changes(graph, smooth, definitions.get(v)));
    if (changed.isEmpty()) {
      return new Attempt(smooth, known, weights, corrections, strength);
    }
    progress.reset("Calibrating, smoothed by " + strength, samples.size());
    Calibration again = Calibration.of(smooth, changed, samples, settings.observer(), progress);
    progress.end();
    return of(smooth, again.orElse(known), strength, layers, settings);
  }

  /** With biases corrected layer by layer. */
  Attempt fullyCorrected(
      List<Layer> layers, Samples samples, Settings settings, Progress progress) {
    Calibration known = Objects.requireNonNull(calibration);
    progress.reset("Correcting biases", layers.size());
    Map<Value, float[]> full =
        new FullBiasCorrection(graph, samples, known, weights, settings).of(layers, progress);
    progress.end();
    return new Attempt(graph, known, weights, full, strength);
  }

  /** With the biases of the float graph. */
  Attempt withoutCorrections() {
    return new Attempt(graph, calibration, weights, Map.of(), strength);
  }

  /** With weights of 8 bits, and biases that make up for their rounding. */
  Attempt withEightBits(List<Layer> layers, Settings settings) {
    Settings eightBits = settings.withReducedRange(false);
    return of(graph, Objects.requireNonNull(calibration), strength, layers, eightBits);
  }

  private static Attempt of(
      Graph graph,
      Calibration calibration,
      double strength,
      List<Layer> layers,
      Settings settings) {
    RoundedWeights weights = new RoundedWeights(graph, settings);
    Map<Value, float[]> corrections =
        settings.biasCorrection() == BiasCorrection.FAST
            ? FastBiasCorrection.of(layers, calibration, weights)
            : Map.of();
    return new Attempt(graph, calibration, weights, corrections, strength);
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
