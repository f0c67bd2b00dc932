package dev.fovea.optimizer.quantize;

import ai.djl.util.Progress;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.quantize.Quantized.Accuracy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Quantizes a float graph after training: int8 weights with a scale per channel, uint8 activations
 * with a scale and a zero point per tensor. Layer normalization, softmax, GELU and products of two
 * activations stay float.
 */
public final class Quantizer {

  private static final Logger LOG = LoggerFactory.getLogger(Quantizer.class);

  private final Graph graph;
  private final Samples samples;
  private final Settings settings;
  private final List<Layer> candidates;
  private final List<String> kept = new ArrayList<>();
  private Progress progress = Silence.PROGRESS;

  /**
   * Prepares; nothing runs yet.
   *
   * @param graph the graph as it would run in float, after its rewrites
   * @param samples what the model is given in use
   * @param settings how
   * @throws IllegalArgumentException if there are no samples, although activations are quantized
   */
  public Quantizer(Graph graph, Samples samples, Settings settings) {
    if (samples.size() == 0 && !settings.weightsOnly()) {
      throw new IllegalArgumentException(
          "There are no samples to calibrate with: give some inputs of the model, or quantize"
              + " weights only");
    }
    this.graph = graph;
    this.samples = samples;
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
   * Says who is told how far it is; every part of the work starts again with its own name.
   *
   * @param progress for example a progress bar of DJL
   * @return this
   */
  public Quantizer progress(Progress progress) {
    this.progress = progress;
    return this;
  }

  /**
   * Quantizes all layers that can be.
   *
   * @return the graph and what was decided
   */
  public Quantized quantize() {
    warn();
    try (Reference reference = new Reference(graph, samples)) {
      return quantized(best(reference), candidates, List.of(), reference);
    }
  }

  /**
   * Quantizes, and gives layers back to float, worst first, until the measured drop is within a
   * bound. The worst layer is the one that alone changes the outputs most.
   *
   * @param metric what is measured, higher is better, of a graph
   * @param maxDrop how much less than that of the float graph is accepted
   * @return the graph and what was decided; at least one layer is quantized
   * @throws IllegalStateException if no layer can be quantized within the bound; the message says
   *     what was measured
   */
  public Quantized quantize(ToDoubleFunction<Graph> metric, double maxDrop) {
    warn();
    try (Reference reference = new Reference(graph, samples)) {
      double before = metric.applyAsDouble(graph);
      Attempt best = best(reference);
      List<Layer> left = new ArrayList<>(candidates);
      List<String> givenBack = new ArrayList<>();
      double all = metric.applyAsDouble(insert(best, left));
      double after = all;
      if (after < before - maxDrop) {
        List<Layer> worstFirst = worstFirst(best, reference);
        progress.reset("Giving layers back", worstFirst.size());
        while (after < before - maxDrop && left.size() > 1) {
          Layer worst = worstFirst.get(givenBack.size());
          left.remove(worst);
          givenBack.add(worst.name());
          after = metric.applyAsDouble(insert(best, left));
          progress.update(givenBack.size());
        }
        progress.end();
      }
      if (after < before - maxDrop || left.isEmpty()) {
        throw new IllegalStateException(
            "No layer can be quantized within a drop of "
                + maxDrop
                + ": the metric is "
                + before
                + " in float, "
                + all
                + " with "
                + candidates.size()
                + " layers in INT8 and "
                + after
                + " with "
                + left.size()
                + ". Allow a larger drop, calibrate with more samples, or stay with F32");
      }
      return quantized(best, left, givenBack, reference).withAccuracy(new Accuracy(before, after));
    }
  }

  private void warn() {
    if (settings.reducedRange() && !settings.weightsOnly() && Processor.lacksVnni()) {
      LOG.warn(
          "This processor has no VNNI: weights are quantized to 7 bits, because 8 bits could"
              + " overflow its 16-bit sums. For another processor choose"
              + " Settings.withReducedRange(false)");
    }
  }

  private Quantized quantized(
      Attempt attempt, List<Layer> layers, List<String> givenBack, Reference reference) {
    Graph result = insert(attempt, layers);
    return new Quantized(
        result,
        layers.stream().map(Layer::name).toList(),
        kept,
        givenBack,
        attempt.strength(),
        Optional.empty(),
        reference.difference(result));
  }

  private Graph insert(Attempt attempt, List<Layer> layers) {
    return new Insertion(
            attempt.graph(),
            layers,
            attempt.calibration(),
            attempt.corrections(),
            attempt.weights(),
            settings)
        .graph();
  }

  private List<Layer> worstFirst(Attempt attempt, Reference reference) {
    progress.reset("Ranking layers", candidates.size());
    Map<Layer, Double> effects = new HashMap<>();
    for (Layer layer : candidates) {
      effects.put(layer, reference.difference(insert(attempt, List.of(layer))));
      progress.update(effects.size());
    }
    progress.end();
    return candidates.stream()
        .sorted(Comparator.comparingDouble((Layer l) -> -effects.getOrDefault(l, 0.0)))
        .toList();
  }

  private Attempt best(Reference reference) {
    if (settings.weightsOnly()) {
      return new Attempt(graph, null, new RoundedWeights(graph, settings), Map.of(), 0);
    }
    Attempt plain = Attempt.plain(graph, candidates, samples, settings, progress);
    Attempt best = null;
    double least = Double.POSITIVE_INFINITY;
    for (double strength : settings.strengths()) {
      Attempt attempt =
          strength == 0 ? plain : plain.smoothed(strength, candidates, samples, settings, progress);
      double error =
          settings.strengths().size() == 1 ? 0 : reference.difference(insert(attempt, candidates));
      if (best == null || error < least) {
        best = attempt;
        least = error;
      }
    }
    if (best == null) {
      throw new IllegalStateException("No strength was tried");
    }
    return settings.biasCorrection() == BiasCorrection.FULL
        ? best.fullyCorrected(candidates, samples, settings, progress)
        : best;
  }
}
