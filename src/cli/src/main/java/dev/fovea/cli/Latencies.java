package dev.fovea.cli;

import java.util.Arrays;

/**
 * Times of single runs, in milliseconds.
 *
 * @param count number of runs
 * @param median half of the runs took less
 * @param average arithmetic mean
 * @param min the fastest run
 * @param max the slowest run
 * @param p90 90 % of the runs took this or less
 * @param p95 95 % of the runs took this or less
 * @param p99 99 % of the runs took this or less
 */
record Latencies(
    int count,
    double median,
    double average,
    double min,
    double max,
    double p90,
    double p95,
    double p99) {

  private static final double NANOS = 1e6; // of a millisecond

  static Latencies of(long[] nanos) {
    if (nanos.length == 0) {
      throw new IllegalArgumentException("there are no runs");
    }
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return new Latencies(
        n,
        (sorted[n / 2] + sorted[(n - 1) / 2]) / 2.0 / NANOS,
        Arrays.stream(sorted).average().orElseThrow() / NANOS,
        sorted[0] / NANOS,
        sorted[n - 1] / NANOS,
        percentile(sorted, 0.90),
        percentile(sorted, 0.95),
        percentile(sorted, 0.99));
  }

  /** The nearest rank. */
  private static double percentile(long[] sorted, double share) {
    return sorted[(int) Math.ceil(share * sorted.length) - 1] / NANOS;
  }
}
