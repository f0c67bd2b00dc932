package dev.fovea.train;

import java.util.List;
import java.util.SortedMap;

/**
 * What a training leaves besides the parameters.
 *
 * @param losses the loss of every step's batch, before its update
 * @param learningRates the learning rate of every step
 * @param metrics the values of the metric by number of updates done; empty if there was no metric
 * @param seconds how long it took
 */
public record TrainingResult(
    List<Double> losses,
    List<Double> learningRates,
    SortedMap<Long, Double> metrics,
    double seconds) {

  /**
   * Returns the mean loss of the last steps.
   *
   * @param steps how many, from 1; all if there are fewer
   * @return the mean
   */
  public double meanOfLast(int steps) {
    return losses.subList(Math.max(0, losses.size() - steps), losses.size()).stream()
        .mapToDouble(Double::doubleValue)
        .average()
        .orElse(Double.NaN);
  }
}
