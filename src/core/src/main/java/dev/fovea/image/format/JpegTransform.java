package dev.fovea.image.format;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The inverse transform of many blocks at once, with the fixed point of libjpeg ({@code
 * jidctint.c}).
 *
 * <p>What the blocks of a component's row have at one place lies side by side, and after it the
 * same of the next column: so the loops are long, and yet what they use stays in a processor's
 * caches. The JIT makes vector instructions of loops that have a short body and one index, no
 * offsets. libjpeg's steps round nothing in between, so that their factors are summed up here.
 */
final class JpegTransform {
  /** The most memory that a block takes. */
  static final long INTS = 3 * 64 + 24;

  private static final int BITS = 13;
  private static final int MORE = 2; // bits of fraction that the first pass keeps

  private final JpegFrame frame;
  private final int[][] in;
  private final int[] sum;
  private final int[] difference;
  private final int[] odd;
  private @Nullable JpegUnsampled painter;

  /** Takes the memory, and gives each component its part of it. */
  JpegTransform(JpegFrame frame) {
    this.frame = frame;
    int most = 0;
    for (JpegComponent c : frame.components) {
      int blocks = frame.batch * c.across;
      c.waiting = new int[64 * blocks * c.down];
      c.gap = 63 * blocks;
      c.samples = new int[8][8 * blocks];
      c.order = new int[JpegScan.VALUES];
      for (int i = 0; i < c.order.length; i++) {
        c.order[i] = JpegSequentialScan.NATURAL[i] * blocks;
      }
      most = Math.max(most, 8 * blocks);
    }
    in = new int[8][most];
    sum = new int[most];
    difference = new int[most];
    odd = new int[most];
  }

  /** From here on puts colours to a picture, not samples to the components. */
  void paintTo(byte[] rgb) {
    painter = new JpegUnsampled(frame, rgb);
  }

  /**
   * Transforms the blocks, clips them to 0 to 255, puts them to their components, and begins anew.
   *
   * @param row of macroblocks
   * @param column the first macroblock
   * @param count how many macroblocks there are
   */
  void undo(int row, int column, int count) {
    for (JpegComponent c : frame.components) {
      for (int v = 0; v < c.down; v++) {
        undo(c, v);
        for (int i = 0; painter == null && i < 8; i++) {
          write(c, i, c.at(8 * (c.down * row + v)) + i, column * c.across, count);
        }
      }
      Arrays.fill(c.waiting, 0);
    }
    if (painter != null) {
      painter.paint(row, column, count);
    }
  }

  private void undo(JpegComponent c, int v) {
    int length = 8 * frame.batch * c.across;
    for (int j = 0; j < 8; j++) {
      System.arraycopy(c.waiting, (8 * v + j) * length, in[j], 0, length);
    }
    pass(in, c.samples, BITS - MORE, 0);
    int blocks = length / 8;
    for (int i = 0; i < 8; i++) {
      for (int j = 0; j < 8; j++) {
        System.arraycopy(c.samples[j], i * blocks, in[i], j * blocks, blocks);
      }
    }
    pass(in, c.samples, BITS + MORE + 3, 128);
  }

  private void write(JpegComponent c, int i, int row, int column, int count) {
    int from = i * frame.batch * c.across;
    for (int h = 0; h < c.across; h++, from += frame.batch) {
      write(c.samples, from, count, c.even[row], c.odd[row], column + h, c.across, c.step);
    }
  }

  /** Transforms the columns or the rows of all blocks. */
  private void pass(int[][] a, int[][] to, int shift, int level) {
    int n = to[0].length;
    int more = (1 << (shift - 1)) + (level << shift);
    even(a[0], a[2], a[4], a[6], 4433 + 6270, 1 << BITS, 4433, more, n);
    odd(a[1], a[3], a[5], a[7], 11363, 9633, 6437, 2260, n);
    both(sum, shift, level, to[0], to[7]);
    odd(a[1], a[3], a[5], a[7], 2260, -6436, 9633, -11363, n);
    both(difference, shift, level, to[3], to[4]);
    even(a[0], a[2], a[4], a[6], 4433, -1 << BITS, 4433 - 15137, more, n);
    odd(a[1], a[3], a[5], a[7], 9633, -2259, -11362, -6436, n);
    both(sum, shift, level, to[1], to[6]);
    odd(a[1], a[3], a[5], a[7], 6437, -11362, 2261, 9633, n);
    both(difference, shift, level, to[2], to[5]);
  }

  private void even(
      int[] a0, int[] a2, int[] a4, int[] a6, int f2, int f4, int f6, int more, int n) {
    int[] s = sum;
    int[] d = difference;
    for (int i = 0; i < n; i++) {
      int p = (a0[i] << BITS) + a4[i] * f4 + more;
      int q = a2[i] * f2 + a6[i] * f6;
      s[i] = p + q;
      d[i] = p - q;
    }
  }

  private void odd(int[] a1, int[] a3, int[] a5, int[] a7, int f1, int f3, int f5, int f7, int n) {
    int[] o = odd;
    for (int i = 0; i < n; i++) {
      o[i] = a1[i] * f1 + a3[i] * f3 + a5[i] * f5 + a7[i] * f7;
    }
  }

  private void both(int[] even, int shift, int level, int[] a, int[] b) {
    if (level == 0) {
      both(even, odd, shift, a, b);
    } else {
      clipped(even, odd, shift, a, b);
    }
  }

  private static void both(int[] even, int[] odd, int shift, int[] a, int[] b) {
    for (int i = 0; i < a.length; i++) {
      int e = even[i];
      int o = odd[i];
      a[i] = (e + o) >> shift;
      b[i] = (e - o) >> shift;
    }
  }

  private static void clipped(int[] even, int[] odd, int shift, int[] a, int[] b) {
    for (int i = 0; i < a.length; i++) {
      int e = even[i];
      int o = odd[i];
      a[i] = ColorRow.clip((e + o) >> shift);
      b[i] = ColorRow.clip((e - o) >> shift);
    }
  }

  /** Puts a row of each block to its place. */
  private static void write(
      int[][] line, int from, int count, int[] even, int[] odd, int x, int across, int step) {
    int[] a = line[0];
    int[] b = line[1];
    int[] c = line[2];
    int[] d = line[3];
    int[] e = line[4];
    int[] f = line[5];
    int[] g = line[6];
    int[] h = line[7];
    int to = 4 * step * x;
    if (step == 1) {
      // Kept apart are two blocks side by side, so that here, too, each eighth is the next.
      for (int i = 0; i < count; i++) {
        even[to + 8 * i] = a[from + i];
        odd[to + 8 * i] = b[from + i];
        even[to + 8 * i + 1] = c[from + i];
        odd[to + 8 * i + 1] = d[from + i];
        even[to + 8 * i + 2] = e[from + i];
        odd[to + 8 * i + 2] = f[from + i];
        even[to + 8 * i + 3] = g[from + i];
        odd[to + 8 * i + 3] = h[from + i];
      }
    } else if (across == 1) {
      for (int i = 0; i < count; i++) {
        even[to + 8 * i] = a[from + i];
        even[to + 8 * i + 1] = b[from + i];
        even[to + 8 * i + 2] = c[from + i];
        even[to + 8 * i + 3] = d[from + i];
        even[to + 8 * i + 4] = e[from + i];
        even[to + 8 * i + 5] = f[from + i];
        even[to + 8 * i + 6] = g[from + i];
        even[to + 8 * i + 7] = h[from + i];
      }
    } else {
      for (int i = 0; i < count; i++, to += 8 * across) {
        for (int j = 0; j < 8; j++) {
          even[to + j] = line[j][from + i];
        }
      }
    }
  }
}
