package dev.fovea.optimizer.quantize;

import ai.djl.util.Progress;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the mean of each layer's result differs by from that of the float graph, behind the layers
 * that are quantized and corrected already: so it makes up for the rounding of activations too, and
 * for what the layers before left.
 */
final class FullBiasCorrection {

  private static final int SHARE = 5; // a fifth of the samples
  private static final int LEAST = 8; // but no fewer than these

  private final Graph graph;
  private final Samples samples;
  private final Calibration calibration;
  private final RoundedWeights weights;
  private final Settings settings;

  FullBiasCorrection(
      Graph graph,
      Samples samples,
      Calibration calibration,
      RoundedWeights weights,
      Settings settings) {
    this.graph = graph;
    int count = Math.min(samples.size(), Math.max(LEAST, samples.size() / SHARE));
    this.samples = Samples.of(count, samples::get);
    this.calibration = calibration;
    this.weights = weights;
    this.settings = settings;
  }

  /** By the result of each layer's node. */
  Map<Value, float[]> of(List<Layer> layers, Progress progress) {
    Map<Value, float[]> corrections = new HashMap<>();
    List<Layer> prefix = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      prefix.add(layer);
      if (layer.takesBias()) {
        Graph quantized =
            new Insertion(graph, prefix, calibration, corrections, weights, settings).graph();
        double[] expected = means(graph, layer);
        double[] got = means(quantized, layer);
        float[] correction = new float[expected.length];
        for (int c = 0; c < correction.length; c++) {
          correction[c] = (float) (expected[c] - got[c]);
        }
        corrections.put(layer.node().output(), correction);
      }
      progress.update(i + 1);
    }
    return corrections;
  }

  private double[] means(Graph whole, Layer layer) {
    Value result = layer.biased();
    int axis = layer.isConv() ? 1 : result.type().rank() - 1;
    Map<Value, Integer> observed = Map.of(result, axis);
    return Calibration.of(whole, observed, samples, Observer.MIN_MAX, Silence.PROGRESS)
        .of(result)
        .channelMeans();
  }
}
