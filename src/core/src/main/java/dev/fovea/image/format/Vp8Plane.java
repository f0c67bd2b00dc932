package dev.fovea.image.format;

import java.util.Arrays;

/**
 * Some rows of one channel, four samples in a long as {@link FourBytes} has them, with the border
 * from which the first row and column are predicted.
 */
final class Vp8Plane {
  final long[] samples;

  /** Longs of a row: the border, the samples, and what blocks beside the last look at. */
  final int stride;

  Vp8Plane(int width, int height) {
    stride = 1 + width / 4 + 1;
    samples = new long[Math.multiplyExact(stride, height + 1)];
    for (int y = 0; y < height; y++) {
      samples[at(-1, y)] = 129 * FourBytes.ONE;
    }
    Arrays.fill(samples, 0, stride, 127 * FourBytes.ONE);
  }

  /**
   * Makes the last row the border above the next rows; blocks beside the last see its last sample.
   */
  void next() {
    int from = samples.length - stride;
    System.arraycopy(samples, from, samples, 0, stride);
    samples[stride - 1] = last(stride - 2) * FourBytes.ONE;
  }

  /** Where four samples lie; their column, in fours, and their row from -1. */
  int at(int column, int y) {
    return (y + 1) * stride + 1 + column;
  }

  /** The last of four samples. */
  int last(int index) {
    return (int) (samples[index] >>> 48);
  }

  /** Changes four samples. */
  void add(int index, int a, int b, int c, int d) {
    long four =
        ((a + 256) | (b + 256) | (c + 256) | (d + 256)) >>> 9 == 0
            ? FourBytes.of(a, b, c, d)
            : FourBytes.of(limit(a), limit(b), limit(c), limit(d));
    samples[index] = FourBytes.clip(samples[index] + four);
  }

  /** Adds the same to four rows of four samples. */
  void addToAll(int index, int change) {
    long four = limit(change) * FourBytes.ONE;
    for (int row = 0, at = index; row < 4; row++, at += stride) {
      samples[at] = FourBytes.clip(samples[at] + four);
    }
  }

  /** A larger change makes no difference. */
  private static int limit(int change) {
    return Math.max(-255, Math.min(255, change));
  }

  /** Sets four rows of four samples. */
  void fill(int index, int value) {
    long four = value * FourBytes.ONE;
    samples[index] = four;
    samples[index + stride] = four;
    samples[index + 2 * stride] = four;
    samples[index + 3 * stride] = four;
  }

  /** Sets the next two or four fours of a row. */
  void set(int index, int fours, long four) {
    samples[index] = four;
    samples[index + 1] = four;
    if (fours == 4) {
      samples[index + 2] = four;
      samples[index + 3] = four;
    }
  }
}
