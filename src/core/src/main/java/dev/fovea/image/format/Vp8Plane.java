package dev.fovea.image.format;

import java.util.Arrays;

/** One channel of a picture, with the border from which the first row and column are predicted. */
final class Vp8Plane {
  /** Columns before the first; one is used. */
  private static final int LEFT = 1;

  /** Columns after the last, which 4 x 4 blocks look at. */
  private static final int RIGHT = 4;

  final byte[] samples;
  final int stride;

  Vp8Plane(int width, int height) {
    stride = LEFT + width + RIGHT;
    samples = new byte[Math.multiplyExact(stride, height + 1)];
    for (int y = 0; y < height; y++) {
      samples[at(-1, y)] = (byte) 129;
    }
    Arrays.fill(samples, 0, stride, (byte) 127);
  }

  /** Where a sample lies; x and y from -1. */
  int at(int x, int y) {
    return (y + 1) * stride + LEFT + x;
  }

  int get(int index) {
    return samples[index] & 0xFF;
  }

  void add(int index, int change) {
    samples[index] = clip((samples[index] & 0xFF) + change);
  }

  static byte clip(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }
}
