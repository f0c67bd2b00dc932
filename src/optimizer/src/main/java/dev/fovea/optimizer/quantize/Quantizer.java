package dev.fovea.optimizer.quantize;

import ai.djl.util.Progress;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.quantize.Quantized.Accuracy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
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
   * Quantizes the layers that can be, but for the costly ones of {@link Settings#floatShare}.
   *
   * @return the graph and what was decided
   */
  public Quantized quantize() {
    warn();
    try (Reference reference = new Reference(graph, samples)) {
      Plan plan = plan(reference);
      return quantized(plan, plan.layers(), List.of(), reference);
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
      Plan plan = plan(reference);
      Attempt best = plan.attempt();
      List<Layer> left = new ArrayList<>(plan.layers());
      List<String> givenBack = new ArrayList<>();
      double all = metric.applyAsDouble(best.insert(left, settings));
      double after = all;
      if (after < before - maxDrop) {
        plan = plan.ranked(sensitivity(plan, reference));
        List<Layer> worstFirst = sensitivity(plan, reference).worstFirst(left);
        progress.reset("Giving layers back", worstFirst.size());
        while (after < before - maxDrop && left.size() > 1) {
          Layer worst = worstFirst.get(givenBack.size());
          left.remove(worst);
          givenBack.add(worst.name());
          after = metric.applyAsDouble(best.insert(left, settings));
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
                + plan.layers().size()
                + " layers in INT8 and "
                + after
                + " with "
                + left.size()
                + ". Allow a larger drop, calibrate with more samples, or stay with F32");
      }
      return quantized(plan, left, givenBack, reference).withAccuracy(new Accuracy(before, after));
    }
  }

  /**
   * Measures where the error comes from, on the first samples: one run more for every layer.
   *
   * @return the error of all layers, of their halves, and of each
   * @throws IllegalStateException if weights alone are quantized: there is nothing to tell apart
   */
  public ErrorReport report() {
    if (settings.weightsOnly()) {
      throw new IllegalStateException("A report needs settings that quantize activations too");
    }
    try (Reference reference = new Reference(graph, samples)) {
      Plan plan = plan(reference);
      Attempt best = plan.attempt();
      List<Layer> layers = plan.layers();
      Graph result = best.insert(layers, settings);
      Graph uncorrected = best.withoutCorrections().insert(layers, settings);
      return new ErrorReport(
          reference.difference(result),
          reference.difference(best.insert(candidates, settings)),
          reference.difference(PartlyRounded.weights(result)),
          reference.difference(PartlyRounded.activations(uncorrected, best.graph(), layers)),
          reference.difference(best.withEightBits(layers, settings).insert(layers, settings)),
          sensitivity(plan, reference).report(layers));
    }
  }

  /** What is to be quantized, and how. */
  private record Plan(Attempt attempt, List<Layer> layers, @Nullable Sensitivity sensitivity) {

    Plan ranked(Sensitivity known) {
      return new Plan(attempt, layers, known);
    }
  }

  private Plan plan(Reference reference) {
    if (settings.weightsOnly()) {
      RoundedWeights weights = new RoundedWeights(graph, settings);
      return new Plan(new Attempt(graph, null, weights, Map.of(), 0), candidates, null);
    }
    Attempt plain = Attempt.plain(graph, candidates, samples, settings, progress);
    @Nullable Sensitivity sensitivity = null;
    List<Layer> layers = new ArrayList<>(candidates);
    if (settings.floatShare() > 0) {
      sensitivity = new Sensitivity(plain, candidates, settings, reference, progress);
      layers.removeAll(sensitivity.costly(settings.floatShare()));
    }
    Attempt best = best(plain, layers, reference);
    if (settings.biasCorrection() == BiasCorrection.FULL) {
      best = best.fullyCorrected(layers, samples, settings, progress);
    }
    return new Plan(best, layers, sensitivity);
  }

  private Sensitivity sensitivity(Plan plan, Reference reference) {
    @Nullable Sensitivity known = plan.sensitivity();
    return known != null
        ? known
        : new Sensitivity(plan.attempt(), candidates, settings, reference, progress);
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
      Plan plan, List<Layer> layers, List<String> givenBack, Reference reference) {
    Graph result = plan.attempt().insert(layers, settings);
    @Nullable Sensitivity sensitivity = plan.sensitivity();
    return new Quantized(
        result,
        layers.stream().map(Layer::name).toList(),
        kept,
        sensitivity == null ? List.of() : sensitivity.report(plan.layers()),
        givenBack,
        plan.attempt().strength(),
        Optional.empty(),
        reference.difference(result).mean());
  }

  private Attempt best(Attempt plain, List<Layer> layers, Reference reference) {
    Attempt best = null;
    double least = Double.POSITIVE_INFINITY;
    for (double strength : settings.strengths()) {
      Attempt attempt =
          strength == 0 ? plain : plain.smoothed(strength, candidates, samples, settings, progress);
      double error =
          settings.strengths().size() == 1
              ? 0
              : reference.difference(attempt.insert(layers, settings)).mean();
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
}
