package dev.fovea.image.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A row of colours while it is computed: numbers of which red is the lowest byte, then green, then
 * blue. Loops over such rows have one index and no branches, so that the JIT makes vectors of them.
 */
final class ColorRow {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private ColorRow() {}

  /** Writes colours of three bytes each. */
  static void write(int[] row, int width, byte[] rgb, int to) {
    int pairs = (width - 1) / 2;
    for (int i = 0; i < pairs; i++) {
      // The upper two bytes are written again by the next pixels.
      LONG.set(rgb, to + 6 * i, row[2 * i] | (long) row[2 * i + 1] << 24);
    }
    for (int x = 2 * pairs; x < width; x++) {
      put(row[x], rgb, to + 3 * x);
    }
  }

  /** The same of a row of which even and odd columns are kept apart. */
  static void write(int[] even, int[] odd, int width, byte[] rgb, int to) {
    int pairs = (width - 1) / 2;
    for (int i = 0; i < pairs; i++) {
      LONG.set(rgb, to + 6 * i, even[i] | (long) odd[i] << 24);
    }
    for (int x = 2 * pairs; x < width; x++) {
      put((x & 1) == 0 ? even[x >> 1] : odd[x >> 1], rgb, to + 3 * x);
    }
  }

  /** The same of some eights of pixels, of which all first lie side by side, then all second. */
  static void write(int[][] columns, int from, int eights, byte[] rgb, int to) {
    int[] a = columns[0];
    int[] b = columns[1];
    int[] c = columns[2];
    int[] d = columns[3];
    int[] e = columns[4];
    int[] f = columns[5];
    int[] g = columns[6];
    int[] h = columns[7];
    for (int i = 0; i < eights; i++) {
      int at = from + i;
      long third = c[at];
      long sixth = f[at];
      LONG.set(rgb, to + 24 * i, a[at] | (long) b[at] << 24 | third << 48);
      LONG.set(
          rgb, to + 24 * i + 8, third >> 16 | (long) d[at] << 8 | (long) e[at] << 32 | sixth << 56);
      LONG.set(rgb, to + 24 * i + 16, sixth >> 8 | (long) g[at] << 16 | (long) h[at] << 40);
    }
  }

  /** The same of the first pixels of one eight. */
  static void writePart(int[][] columns, int from, int pixels, byte[] rgb, int to) {
    for (int i = 0; i < pixels; i++) {
      put(columns[i][from], rgb, to + 3 * i);
    }
  }

  /** The same of a row of numbers of colours. */
  static void write(byte[] numbers, int at, int[] colors, int width, byte[] rgb, int to) {
    int i = at;
    int end = at + width;
    for (; i < end - 2; i += 2, to += 6) {
      int color = colors[numbers[i] & 0xFF];
      LONG.set(rgb, to, color | (long) colors[numbers[i + 1] & 0xFF] << 24);
    }
    for (; i < end; i++, to += 3) {
      put(colors[numbers[i] & 0xFF], rgb, to);
    }
  }

  /** Writes a whole image of numbers of which blue is the lowest byte. */
  static void writeReversed(int[] colors, byte[] rgb) {
    int i = 0;
    for (; i < colors.length - 2; i += 2) {
      int first = Integer.reverseBytes(colors[i]) >>> 8;
      LONG.set(rgb, 3 * i, first | (long) (Integer.reverseBytes(colors[i + 1]) >>> 8) << 24);
    }
    for (; i < colors.length; i++) {
      put(Integer.reverseBytes(colors[i]) >>> 8, rgb, 3 * i);
    }
  }

  /** Turns colours of three bytes each, of which blue is the first. */
  static void reverse(byte[] bgr, int width, byte[] rgb, int to) {
    int i = 0;
    for (; i < width - 2; i += 2) {
      long two = Long.reverseBytes((long) LONG.get(bgr, 3 * i)) >>> 16;
      LONG.set(rgb, to + 3 * i, two >>> 24 | two << 24);
    }
    for (; i < width; i++) {
      int at = 3 * i;
      rgb[to + at] = bgr[at + 2];
      rgb[to + at + 1] = bgr[at + 1];
      rgb[to + at + 2] = bgr[at];
    }
  }

  private static void put(int color, byte[] rgb, int to) {
    rgb[to] = (byte) color;
    rgb[to + 1] = (byte) (color >> 8);
    rgb[to + 2] = (byte) (color >> 16);
  }

  /** Clips to 0 to 255, without a comparison, which the JIT would not make vectors of. */
  static int clip(int value) {
    int positive = value & ~(value >> 31);
    return (positive | (255 - positive) >> 31) & 255;
  }
}
