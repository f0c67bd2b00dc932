package dev.fovea.optimizer.quantize;

/**
 * Counts numbers in bins of equal width around 0. The width doubles when a number lies outside, two
 * bins becoming one, so that the memory does not grow.
 */
final class Histogram {

  private static final int BINS = 2048;
  private static final int HALF = BINS / 2;
  private static final int SHRINKS = 50; // candidates of a bound, down to a fifth of it
  private static final double LEAST_SHARE = 0.2;
  private static final int ROUNDS = 2;

  /**
   * How many times a squared error outside the range counts: errors of rounding average out where
   * many elements are added, those of cutting off do not.
   */
  private static final double OUTSIDE = 16;

  private long[] counts = new long[BINS];
  private double limit; // the bins cover -limit to limit
  private double low;
  private double high;

  /** Zeros are left out: any range represents them exactly. */
  void add(float[] data) {
    double largest = 0;
    for (float x : data) {
      largest = Math.max(largest, Math.abs(x));
      low = Math.min(low, x);
      high = Math.max(high, x);
    }
    if (largest == 0 || !Double.isFinite(largest)) {
      return;
    }
    limit = limit == 0 ? largest : limit;
    while (limit < largest) {
      widen();
    }
    double perUnit = HALF / limit;
    for (float x : data) {
      if (x != 0) {
        int bin = (int) Math.floor(x * perUnit) + HALF;
        counts[Math.max(0, Math.min(BINS - 1, bin))]++;
      }
    }
  }

  private void widen() {
    long[] wide = new long[BINS];
    for (int i = 0; i < BINS; i++) {
      wide[HALF + Math.floorDiv(i - HALF, 2)] += counts[i];
    }
    counts = wide;
    limit *= 2;
  }

  /** The range with the least error: both bounds shrunk together, then each by itself. */
  Range range(Preset preset) {
    double share = best(s -> range(preset, low * s, high * s));
    double[] bounds = {low * share, high * share};
    for (int round = 0; round < ROUNDS; round++) {
      bounds[0] = low * best(s -> range(preset, low * s, bounds[1]));
      bounds[1] = high * best(s -> range(preset, bounds[0], high * s));
    }
    return range(preset, bounds[0], bounds[1]);
  }

  private static Range range(Preset preset, double low, double high) {
    return preset.range(new Range(low, high));
  }

  private double best(java.util.function.DoubleFunction<Range> ranges) {
    double best = 1;
    double least = Double.POSITIVE_INFINITY;
    for (int i = SHRINKS; i >= 0; i--) { // from the whole range on, which wins where all is equal
      double share = LEAST_SHARE + (1 - LEAST_SHARE) * i / SHRINKS;
      double error = error(ranges.apply(share));
      if (error < least) {
        least = error;
        best = share;
      }
    }
    return best;
  }

  /** Squared error summed over the counts: of a step inside the range, to the bound outside. */
  private double error(Range range) {
    double step = range.scale();
    double least = -range.zeroPoint() * step;
    double largest = (Range.STEPS - range.zeroPoint()) * step;
    double width = limit / HALF;
    double sum = 0;
    for (int i = 0; i < BINS; i++) {
      if (counts[i] > 0) {
        double x = (i - HALF + 0.5) * width;
        double outside = Math.max(Math.max(least - x, x - largest), 0);
        sum += counts[i] * (outside > 0 ? OUTSIDE * outside * outside : step * step / 12);
      }
    }
    return sum;
  }
}
