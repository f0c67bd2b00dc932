package dev.fovea.optimizer.quantize;

import java.util.Arrays;

/** What the samples showed of one tensor; its size does not grow with their number. */
final class Statistics {

  private static final double QUANTILE = 1e-4;

  private final Observer observer;
  private final double[] channelSums;
  private final float[] channelLargest;
  private final Histogram histogram = new Histogram();
  private double low;
  private double high;
  private long samples;
  private long rows;

  Statistics(Observer observer, int channels) {
    this.observer = observer;
    channelSums = new double[channels];
    channelLargest = new float[channels];
  }

  /** Adds one sample; channel of element i is i / inner % channels. */
  void add(float[] data, int inner) {
    float least = Float.POSITIVE_INFINITY;
    float largest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < data.length; ) {
      for (int channel = 0; channel < channelSums.length; channel++) {
        for (int end = i + inner; i < end; i++) {
          float x = data[i];
          least = Math.min(least, x);
          largest = Math.max(largest, x);
          channelSums[channel] += x;
          channelLargest[channel] = Math.max(channelLargest[channel], Math.abs(x));
        }
      }
    }
    rows += data.length / channelSums.length;
    if (observer == Observer.PERCENTILE) {
      float[] sorted = data.clone();
      Arrays.sort(sorted);
      least = sorted[(int) (QUANTILE * (sorted.length - 1))];
      largest = sorted[(int) Math.ceil((1 - QUANTILE) * (sorted.length - 1))];
    }
    if (observer == Observer.HISTOGRAM) {
      histogram.add(data);
    }
    if (observer == Observer.MIN_MAX) {
      low = samples == 0 ? least : Math.min(low, least);
      high = samples == 0 ? largest : Math.max(high, largest);
    } else {
      low += least;
      high += largest;
    }
    samples++;
  }

  Range range(Preset preset) {
    if (observer == Observer.HISTOGRAM) {
      return histogram.range(preset);
    }
    long count = observer == Observer.MIN_MAX ? 1 : samples;
    return preset.range(new Range(low / count, high / count));
  }

  /** How many elements of a channel a sample has. */
  double rowsPerSample() {
    return (double) rows / samples;
  }

  double[] channelMeans() {
    return Arrays.stream(channelSums).map(sum -> sum / rows).toArray();
  }

  float[] channelLargest() {
    return channelLargest.clone();
  }
}
