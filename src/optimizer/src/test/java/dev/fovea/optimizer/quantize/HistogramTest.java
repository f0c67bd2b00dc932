package dev.fovea.optimizer.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Ranges with the least squared error. */
class HistogramTest {

  private static float[] normal(int count, double scale, long seed) {
    Random random = new Random(seed);
    float[] data = new float[count];
    for (int i = 0; i < count; i++) {
      data[i] = (float) (random.nextGaussian() * scale);
    }
    return data;
  }

  private static double error(float[] data, Range range) {
    double sum = 0;
    for (float x : data) {
      double step = Math.rint(x / range.scale()) + range.zeroPoint();
      double back = (Math.max(0, Math.min(255, step)) - range.zeroPoint()) * range.scale();
      sum += (x - back) * (x - back);
    }
    return sum / data.length;
  }

  @Test
  void one_far_number_is_cut_off_where_that_costs_less_than_larger_steps() {
    float[] data = normal(10_000_000, 1, 1);
    data[7] = 12;
    Histogram histogram = new Histogram();
    histogram.add(data);
    Range range = histogram.range(Preset.MIXED);
    assertThat(range.high()).isBetween(4.0, 8.0);
    assertThat(error(data, range)).isLessThan(0.7 * error(data, new Range(range.low(), 12)));
  }

  @Test
  void evenly_spread_numbers_keep_their_whole_range() {
    float[] data = new float[10_000];
    for (int i = 0; i < data.length; i++) {
      data[i] = i / 1000f - 2;
    }
    Histogram histogram = new Histogram();
    histogram.add(data);
    Range range = histogram.range(Preset.MIXED);
    assertThat(range.low()).isBetween(-2.0, -1.9);
    assertThat(range.high()).isBetween(7.8, 8.0);
  }

  @Test
  void bins_widen_for_later_samples() {
    Histogram grown = new Histogram();
    Histogram atOnce = new Histogram();
    for (int sample = 0; sample < 4; sample++) {
      grown.add(normal(5_000, Math.pow(2, sample), sample));
    }
    for (int sample = 3; sample >= 0; sample--) {
      atOnce.add(normal(5_000, Math.pow(2, sample), sample));
    }
    Range one = grown.range(Preset.MIXED);
    Range other = atOnce.range(Preset.MIXED);
    assertThat(one.low() / other.low()).isBetween(0.9, 1.1);
    assertThat(one.high() / other.high()).isBetween(0.9, 1.1);
  }

  @Test
  void nothing_but_zeros_has_a_range() {
    Histogram histogram = new Histogram();
    histogram.add(new float[10]);
    assertThat(histogram.range(Preset.MIXED).scale()).isPositive();
  }

  @Test
  void symmetric_steps_have_zero_in_the_middle_unless_nothing_is_negative() {
    Range symmetric = Preset.PERFORMANCE.range(new Range(-1, 3));
    assertThat(symmetric.zeroPoint()).isEqualTo(128);
    assertThat(symmetric.scale()).isEqualTo(3f / 127);
    assertThat(Preset.PERFORMANCE.range(new Range(0, 3)).zeroPoint()).isZero();
    assertThat(Preset.MIXED.range(new Range(-1, 3)).zeroPoint()).isEqualTo(64);
  }
}
