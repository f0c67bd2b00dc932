package dev.fovea.optimizer.quantize;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Interpreter;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Quantizes a float graph after training: int8 weights with a scale per channel, uint8 activations
 * with a scale and a zero point per tensor. Layer normalization, softmax, GELU and products of two
 * activations stay float.
 */
public final class Quantizer {

  private static final int COMPARED = 8; // samples that decide between strengths and rank layers

  private final Graph graph;
  private final List<NDList> samples;
  private final Settings settings;
  private final List<Layer> candidates;
  private final List<String> kept = new ArrayList<>();

  /**
   * Prepares; nothing runs yet.
   *
   * @param graph the graph as it would run in float, after its rewrites
   * @param samples what the model is given in use, preprocessed; some tens of them, not closed
   * @param settings how
   * @throws IllegalArgumentException if there are no samples, although activations are quantized
   */
  public Quantizer(Graph graph, List<NDList> samples, Settings settings) {
    if (samples.isEmpty() && !settings.weightsOnly()) {
      throw new IllegalArgumentException(
          "There are no samples to calibrate with: give some inputs of the model, or quantize"
              + " weights only");
    }
    this.graph = graph;
    this.samples = List.copyOf(samples);
    this.settings = settings;
    candidates = new ArrayList<>();
    for (Layer layer : Layer.of(graph, settings.weightsOnly())) {
      if (settings.ignores(layer.name())) {
        kept.add(layer.name());
      } else {
        candidates.add(layer);
      }
    }
  }

  /**
   * Quantizes all layers that can be.
   *
   * @return the graph and what was decided
   */
  public Quantized quantize() {
    return best().quantized(candidates, List.of());
  }

  /**
   * Quantizes, and gives layers back to float, worst first, until the measured drop is within a
   * bound. The worst layer is the one that alone changes the outputs most.
   *
   * @param metric what is measured, higher is better, of a graph
   * @param maxDrop how much less than that of the float graph is accepted
   * @return the graph and what was decided
   */
  public Quantized quantize(ToDoubleFunction<Graph> metric, double maxDrop) {
    double bound = metric.applyAsDouble(graph) - maxDrop;
    Attempt best = best();
    Quantized quantized = best.quantized(candidates, List.of());
    if (metric.applyAsDouble(quantized.graph()) >= bound) {
      return quantized;
    }
    List<Layer> left = new ArrayList<>(candidates);
    List<String> givenBack = new ArrayList<>();
    for (Layer worst : best.worstFirst(candidates)) {
      left.remove(worst);
      givenBack.add(worst.name());
      quantized = best.quantized(left, givenBack);
      if (metric.applyAsDouble(quantized.graph()) >= bound) {
        break;
      }
    }
    return quantized;
  }

  private Attempt best() {
    if (settings.weightsOnly()) {
      return new Attempt(graph, null, 0);
    }
    Calibration plain = calibrate(graph);
    Attempt best = null;
    double least = Double.POSITIVE_INFINITY;
    for (double strength : settings.strengths()) {
      Graph smooth = strength == 0 ? graph : SmoothQuant.apply(graph, candidates, plain, strength);
      Calibration own = strength == 0 ? plain : calibrate(smooth);
      Attempt attempt = new Attempt(smooth, own, strength);
      double error = settings.strengths().size() == 1 ? 0 : attempt.error(candidates);
      if (best == null || error < least) {
        best = attempt;
        least = error;
      }
    }
    if (best == null) {
      throw new IllegalStateException("No strength was tried");
    }
    return best;
  }

  private Calibration calibrate(Graph observed) {
    Map<Value, Integer> axes = new LinkedHashMap<>();
    Map<Value, List<Node>> readers = Layer.readers(observed);
    Set<Value> ends = new HashSet<>();
    for (Layer layer : candidates) {
      axes.put(layer.x(), layer.channelAxis());
      if (layer.isConv()) {
        axes.putIfAbsent(layer.end(), 1);
        ends.add(layer.end());
      }
    }
    for (Node node : observed.nodes()) { // sums of results of convolutions may be quantized
      if (node.op().equals(new ElementOp.Binary(ElementOp.Binary.Kind.ADD))
          && node.inputs().stream().anyMatch(ends::contains)) {
        Value end = Insertion.sumEnd(node, readers);
        ends.add(end);
        axes.putIfAbsent(end, Math.min(1, end.type().rank() - 1));
      }
    }
    return Calibration.of(observed, axes, samples, settings.observer());
  }

  /** One strength of SmoothQuant, calibrated. */
  private final class Attempt {
    private final Graph smooth;
    private final @org.jspecify.annotations.Nullable Calibration calibration;
    private final double strength;

    Attempt(
        Graph smooth, @org.jspecify.annotations.Nullable Calibration calibration, double strength) {
      this.smooth = smooth;
      this.calibration = calibration;
      this.strength = strength;
    }

    Quantized quantized(List<Layer> layers, List<String> givenBack) {
      Graph result = insert(layers);
      List<String> names = layers.stream().map(Layer::name).toList();
      return new Quantized(result, names, kept, givenBack, strength, difference(result));
    }

    private Graph insert(List<Layer> layers) {
      return new Insertion(smooth, layers, calibration, settings).graph();
    }

    double error(List<Layer> layers) {
      return difference(insert(layers));
    }

    List<Layer> worstFirst(List<Layer> layers) {
      Map<Layer, Double> effect = new HashMap<>();
      layers.forEach(layer -> effect.put(layer, error(List.of(layer))));
      return layers.stream()
          .sorted(Comparator.comparingDouble((Layer l) -> -effect.getOrDefault(l, 0.0)))
          .toList();
    }
  }

  private double difference(Graph quantized) {
    double difference = 0;
    double size = 0;
    try (NDManager manager = NDManager.newBaseManager();
        Interpreter exact = new Interpreter(graph, manager);
        Interpreter rounded = new Interpreter(quantized, manager)) {
      for (NDList sample : samples.subList(0, Math.min(COMPARED, samples.size()))) {
        try (NDManager scope = manager.newSubManager()) {
          NDList inputs = new NDList();
          sample.forEach(x -> inputs.add(Calibration.copied(x, scope)));
          NDList expected = exact.run(inputs);
          NDList got = rounded.run(inputs);
          for (int i = 0; i < expected.size(); i++) {
            size += sum(expected.get(i).abs());
            difference += sum(got.get(i).sub(expected.get(i)).abs());
          }
        }
      }
    }
    return size == 0 ? 0 : difference / size;
  }

  private static double sum(NDArray array) {
    return array.sum().toType(ai.djl.ndarray.types.DataType.FLOAT64, true).toDoubleArray()[0];
  }
}
