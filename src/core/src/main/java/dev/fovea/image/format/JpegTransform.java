package dev.fovea.image.format;

import java.util.Arrays;

/** The inverse transform of a block, with the fixed point of libjpeg ({@code jidctint.c}). */
final class JpegTransform {
  private static final int BITS = 13;
  private static final int MORE = 2; // bits of fraction that the first pass keeps

  private final int[] work = new int[64];

  /**
   * Transforms a block. What does not fit into 8 bits is not clipped here.
   *
   * @param in values times their steps, row by row
   * @param filled a bit for each value that is not 0
   * @param c where the samples go
   * @param y the first row of them
   * @param x which block of the row
   */
  void undo(int[] in, long filled, JpegComponent c, int y, int x) {
    int step = c.step;
    int at = 4 * step * x;
    if ((filled & ~1L) == 0) {
      int level = (((in[0] << MORE) + (1 << (MORE + 2))) >> (MORE + 3)) + 128;
      for (int row = y; row < y + 8; row++) {
        Arrays.fill(c.even[row], at, at + 4 * step, level);
        Arrays.fill(c.odd[row], at, at + 4 * step, level);
      }
      return;
    }
    int[] w = work;
    long column = 0x0101010101010100L;
    for (int i = 0; i < 8; i++, column <<= 1) {
      if ((filled & column) == 0) {
        int level = in[i] << MORE;
        for (int j = i; j < 64; j += 8) {
          w[j] = level;
        }
      } else {
        column(in, i, w);
      }
    }
    for (int i = 0; i < 8; i++) {
      row(w, 8 * i, c.even[y + i], c.odd[y + i], at, step);
    }
  }

  private static void column(int[] in, int i, int[] w) {
    int a2 = in[i + 16];
    int a6 = in[i + 48];
    int z = (a2 + a6) * 4433;
    int e2 = z - a6 * 15137;
    int e3 = z + a2 * 6270;
    int half = 1 << (BITS - MORE - 1);
    int e0 = ((in[i] + in[i + 32]) << BITS) + half;
    int e1 = ((in[i] - in[i + 32]) << BITS) + half;
    int t0 = in[i + 56];
    int t1 = in[i + 40];
    int t2 = in[i + 24];
    int t3 = in[i + 8];
    int z1 = (t0 + t3) * -7373;
    int z2 = (t1 + t2) * -20995;
    int z3 = t0 + t2;
    int z4 = t1 + t3;
    int z5 = (z3 + z4) * 9633;
    z3 = z3 * -16069 + z5;
    z4 = z4 * -3196 + z5;
    t0 = t0 * 2446 + z1 + z3;
    t1 = t1 * 16819 + z2 + z4;
    t2 = t2 * 25172 + z2 + z3;
    t3 = t3 * 12299 + z1 + z4;
    int shift = BITS - MORE;
    w[i] = (e0 + e3 + t3) >> shift;
    w[i + 56] = (e0 + e3 - t3) >> shift;
    w[i + 8] = (e1 + e2 + t2) >> shift;
    w[i + 48] = (e1 + e2 - t2) >> shift;
    w[i + 16] = (e1 - e2 + t1) >> shift;
    w[i + 40] = (e1 - e2 - t1) >> shift;
    w[i + 24] = (e0 - e3 + t0) >> shift;
    w[i + 32] = (e0 - e3 - t0) >> shift;
  }

  private static void row(int[] w, int i, int[] even, int[] odd, int at, int step) {
    int a2 = w[i + 2];
    int a6 = w[i + 6];
    int z = (a2 + a6) * 4433;
    int e2 = z - a6 * 15137;
    int e3 = z + a2 * 6270;
    int shift = BITS + MORE + 3;
    int half = (1 << (shift - 1)) + (128 << shift);
    int e0 = ((w[i] + w[i + 4]) << BITS) + half;
    int e1 = ((w[i] - w[i + 4]) << BITS) + half;
    int t0 = w[i + 7];
    int t1 = w[i + 5];
    int t2 = w[i + 3];
    int t3 = w[i + 1];
    int z1 = (t0 + t3) * -7373;
    int z2 = (t1 + t2) * -20995;
    int z3 = t0 + t2;
    int z4 = t1 + t3;
    int z5 = (z3 + z4) * 9633;
    z3 = z3 * -16069 + z5;
    z4 = z4 * -3196 + z5;
    t0 = t0 * 2446 + z1 + z3;
    t1 = t1 * 16819 + z2 + z4;
    t2 = t2 * 25172 + z2 + z3;
    t3 = t3 * 12299 + z1 + z4;
    int to = at + step - 1;
    even[at] = (e0 + e3 + t3) >> shift;
    odd[to] = (e1 + e2 + t2) >> shift;
    even[at + step] = (e1 - e2 + t1) >> shift;
    odd[to + step] = (e0 - e3 + t0) >> shift;
    even[at + 2 * step] = (e0 - e3 - t0) >> shift;
    odd[to + 2 * step] = (e1 - e2 - t1) >> shift;
    even[at + 3 * step] = (e1 + e2 - t2) >> shift;
    odd[to + 3 * step] = (e0 + e3 - t3) >> shift;
  }
}
