package dev.fovea.optimizer;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * What a {@link Comparison} found of one candidate. Times are milliseconds a run.
 *
 * @param name the candidate
 * @param runs number of timed runs
 * @param images images that each run worked on
 * @param medianMillis half of the runs took less
 * @param p95Millis 95 % of the runs took this or less
 * @param minMillis the fastest run
 * @param maxMillis the slowest run
 * @param meanMillis arithmetic mean
 * @param imagesPerSecond images in the time of a median run
 * @param speedup how many times as fast as the first candidate, by the medians; 1 for the first
 * @param peakBytes the most memory that the whole process held while this candidate ran, where the
 *     system tells: on Linux; the candidates' difference is what counts
 */
public record Measure(
    String name,
    int runs,
    int images,
    double medianMillis,
    double p95Millis,
    double minMillis,
    double maxMillis,
    double meanMillis,
    double imagesPerSecond,
    double speedup,
    OptionalLong peakBytes) {

  private static final double NANOS = 1e6; // of a millisecond

  static Measure of(
      String name, int images, long[] sorted, double firstMedian, OptionalLong peakBytes) {
    int runs = sorted.length;
    double median = median(sorted);
    return new Measure(
        name,
        runs,
        images,
        median,
        sorted[(int) Math.ceil(0.95 * runs) - 1] / NANOS,
        sorted[0] / NANOS,
        sorted[runs - 1] / NANOS,
        Arrays.stream(sorted).average().orElse(Double.NaN) / NANOS,
        images / median * 1000,
        firstMedian / median,
        peakBytes);
  }

  static double median(long[] sorted) {
    int middle = sorted.length / 2;
    return (sorted[middle] + sorted[(sorted.length - 1) / 2]) / 2.0 / NANOS;
  }
}
