package dev.fovea.image.format;

import java.util.Arrays;

/** The inverse transform of VP8 (RFC 6386, section 14.4), added to the prediction. */
final class Vp8Transform {
  private Vp8Transform() {}

  /**
   * Adds a block of which only the first value and those beside and below it are there; clears it.
   */
  static void addThree(int[] values, int from, Vp8Plane plane, int at) {
    int first = values[from] + 4;
    int c = sine(values[from + 1]);
    int d = cosine(values[from + 1]);
    int e = sine(values[from + 4]);
    int f = cosine(values[from + 4]);
    values[from] = 0;
    values[from + 1] = 0;
    values[from + 4] = 0;
    int stride = plane.stride;
    addRow(plane, at, first + f, c, d);
    addRow(plane, at + stride, first + e, c, d);
    addRow(plane, at + 2 * stride, first - e, c, d);
    addRow(plane, at + 3 * stride, first - f, c, d);
  }

  private static void addRow(Vp8Plane plane, int at, int first, int c, int d) {
    plane.add(at, (first + d) >> 3, (first + c) >> 3, (first - c) >> 3, (first - d) >> 3);
  }

  /** Adds any block, and clears it. */
  static void addAll(int[] values, int from, int[] t, Vp8Plane plane, int at) {
    for (int i = 0; i < 4; i++) {
      int a = values[from + i] + values[from + 8 + i];
      int b = values[from + i] - values[from + 8 + i];
      int c = sine(values[from + 4 + i]) - cosine(values[from + 12 + i]);
      int d = cosine(values[from + 4 + i]) + sine(values[from + 12 + i]);
      t[4 * i] = a + d;
      t[4 * i + 1] = b + c;
      t[4 * i + 2] = b - c;
      t[4 * i + 3] = a - d;
    }
    for (int i = 0; i < 4; i++) {
      int first = t[i] + 4;
      int a = first + t[8 + i];
      int b = first - t[8 + i];
      int c = sine(t[4 + i]) - cosine(t[12 + i]);
      int d = cosine(t[4 + i]) + sine(t[12 + i]);
      plane.add(at + i * plane.stride, (a + d) >> 3, (b + c) >> 3, (b - c) >> 3, (a - d) >> 3);
    }
    Arrays.fill(values, from, from + 16, 0);
  }

  /** Times the root of 2 and the cosine of 22.5 degrees. */
  private static int cosine(int value) {
    return ((value * 20091) >> 16) + value;
  }

  private static int sine(int value) {
    return (value * 35468) >> 16;
  }
}
