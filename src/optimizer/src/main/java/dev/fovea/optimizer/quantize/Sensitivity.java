package dev.fovea.optimizer.quantize;

import ai.djl.util.Progress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What each layer alone does to the outputs, and how much of the work it is. Errors of layers are
 * taken to be independent, so that their squares add up.
 */
final class Sensitivity {

  /** A layer is spared only if its share of the squared error is this many times its work's. */
  private static final double WORTH = 4;

  /** One layer in so many is spared at most. */
  private static final int OF_SO_MANY = 8;

  private final Map<Layer, Difference> alone = new LinkedHashMap<>();
  private final Map<Layer, Double> work = new LinkedHashMap<>();

  Sensitivity(
      Attempt attempt,
      List<Layer> layers,
      Settings settings,
      Reference reference,
      Progress progress) {
    progress.reset("Ranking layers", layers.size());
    for (Layer layer : layers) {
      alone.put(layer, reference.estimate(attempt.insert(List.of(layer), settings)));
      work.put(layer, attempt.work(layer));
      progress.update(alone.size());
    }
    progress.end();
  }

  List<ErrorReport.LayerError> report(List<Layer> quantized) {
    double all = work(List.copyOf(alone.keySet()));
    List<ErrorReport.LayerError> report = new ArrayList<>();
    alone.forEach(
        (layer, difference) ->
            report.add(
                new ErrorReport.LayerError(
                    layer.name(),
                    difference,
                    work(List.of(layer)) / all,
                    !quantized.contains(layer))));
    return report;
  }

  List<Layer> worstFirst(List<Layer> layers) {
    return layers.stream()
        .sorted(Comparator.comparingDouble((Layer layer) -> -squared(layer)))
        .toList();
  }

  /**
   * The layers that bring most of the error for little of the work: one in eight at most, or one of
   * fewer.
   *
   * @param share of all layers' multiply-accumulates, how much these may be at most
   */
  List<Layer> costly(double share) {
    List<Layer> left = new ArrayList<>(alone.keySet());
    double budget = share * work(left);
    int most = Math.max(1, left.size() / OF_SO_MANY);
    List<Layer> costly = new ArrayList<>();
    List<Layer> order =
        left.stream()
            .sorted(Comparator.comparingDouble((Layer l) -> -squared(l) / work(List.of(l))))
            .toList();
    for (Layer layer : order) {
      double error = squared(layer) / left.stream().mapToDouble(this::squared).sum();
      double part = work(List.of(layer)) / work(left);
      if (!(error > WORTH * part) || left.size() == 1 || costly.size() == most) {
        break;
      }
      if (work(costly) + work(List.of(layer)) <= budget) {
        costly.add(layer);
        left.remove(layer);
      }
    }
    return costly;
  }

  private double squared(Layer layer) {
    double mean = Objects.requireNonNull(alone.get(layer)).mean();
    return mean * mean;
  }

  private double work(List<Layer> layers) {
    return layers.stream().mapToDouble(layer -> work.getOrDefault(layer, 0.0)).sum();
  }
}
