package dev.fovea.image.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Smooths an edge between blocks (RFC 6386, section 15.3), eight places along it at once.
 *
 * <p>A long holds what lies at one distance from the edge at four places, in 16 bits each, so that
 * sums of all four are sums of longs. Differences have a sign and so may borrow from the next
 * place, until {@link #ZERO} is added.
 */
final class Vp8Edges {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONE = FourBytes.ONE;
  private static final long BYTE = FourBytes.BYTES;

  private static final long PAIR = 0x0000FFFF0000FFFFL;
  private static final long HALF = 0x00000000FFFFFFFFL;
  private static final long SIGN = 0x8000800080008000L;

  /** What stands for 0, so that no number is negative: a set bit says that it is not. */
  private static final long ZERO = 0x4000 * ONE;

  private final byte[] samples;
  private final int stride;

  /** From the fourth before the edge to the fourth behind it, a byte for each place. */
  private final long[] rows = new long[8];

  private long interior;
  private long variance;

  Vp8Edges(Vp8Plane plane) {
    samples = plane.samples;
    stride = plane.stride;
  }

  /**
   * Sets what is smoothed.
   *
   * @param interior the largest difference on one side of an edge
   * @param variance the largest difference next to an edge that counts as smooth
   */
  void limits(int interior, int variance) {
    this.interior = ZERO + interior * ONE;
    this.variance = ZERO + variance * ONE;
  }

  /** Smooths across an upright edge, left of a sample and seven below it. */
  void upright(int at, int threshold, boolean outer) {
    long[] x = rows;
    int from = at - 4;
    for (int i = 0; i < 8; i++) {
      x[i] = (long) LONG.get(samples, from + i * stride);
    }
    transpose(x);
    boolean even = smooth(x, 0, threshold, outer);
    boolean odd = smooth(x, 8, threshold, outer);
    if (even || odd) {
      transpose(x);
      for (int i = 0; i < 8; i++) {
        LONG.set(samples, from + i * stride, x[i]);
      }
    }
  }

  /** Smooths across a level edge, above a sample and seven to its right. */
  void level(int at, int threshold, boolean outer) {
    long[] x = rows;
    int from = at - 4 * stride;
    for (int i = 0; i < 8; i++) {
      x[i] = (long) LONG.get(samples, from + i * stride);
    }
    boolean even = smooth(x, 0, threshold, outer);
    boolean odd = smooth(x, 8, threshold, outer);
    if (even || odd) {
      int change = outer ? 3 : 2;
      for (int i = 4 - change; i < 4 + change; i++) {
        LONG.set(samples, from + i * stride, x[i]);
      }
    }
  }

  /** Makes bytes of rows to bytes of columns, and the other way round. */
  private static void transpose(long[] x) {
    for (int i = 0; i < 8; i += 4) {
      // Within each half squares of two, then of four.
      long a = left(x[i], x[i + 1], 8, BYTE);
      long b = right(x[i], x[i + 1], 8, BYTE);
      long c = left(x[i + 2], x[i + 3], 8, BYTE);
      long d = right(x[i + 2], x[i + 3], 8, BYTE);
      x[i] = left(a, c, 16, PAIR);
      x[i + 1] = left(b, d, 16, PAIR);
      x[i + 2] = right(a, c, 16, PAIR);
      x[i + 3] = right(b, d, 16, PAIR);
    }
    for (int i = 0; i < 4; i++) {
      long a = x[i];
      x[i] = left(a, x[i + 4], 32, HALF);
      x[i + 4] = right(a, x[i + 4], 32, HALF);
    }
  }

  private static long left(long a, long b, int shift, long mask) {
    return a ^ ((((a >>> shift) ^ b) & mask) << shift);
  }

  private static long right(long a, long b, int shift, long mask) {
    return b ^ (((a >>> shift) ^ b) & mask);
  }

  /**
   * Smooths four of the eight places.
   *
   * @param shift 0 for the even places, 8 for the odd ones
   * @return whether any is changed
   */
  private boolean smooth(long[] x, int shift, int threshold, boolean outer) {
    long p3 = (x[0] >>> shift) & BYTE;
    long p2 = (x[1] >>> shift) & BYTE;
    long p1 = (x[2] >>> shift) & BYTE;
    long p0 = (x[3] >>> shift) & BYTE;
    long q0 = (x[4] >>> shift) & BYTE;
    long q1 = (x[5] >>> shift) & BYTE;
    long q2 = (x[6] >>> shift) & BYTE;
    long q3 = (x[7] >>> shift) & BYTE;
    long step = q0 - p0;
    long wide = p1 - q1;
    if ((step | wide) == 0) {
      return false;
    }
    long most = ZERO + threshold * ONE;
    long near =
        within(p1 - p0, interior)
            & within(q1 - q0, interior)
            & within(p2 - p1, interior)
            & within(q2 - q1, interior)
            & within(p3 - p2, interior)
            & within(q3 - q2, interior)
            & within(4 * step + wide, most)
            & within(4 * step - wide, most)
            & ZERO;
    if (near == 0) {
      return false;
    }
    long even = mask(within(p1 - p0, variance) & within(q1 - q0, variance) & ZERO);
    near = mask(near);
    long change = clip(ZERO + wide, 128);
    if (!outer) {
      change = either(even, ZERO, change);
    }
    change += 3 * step;
    long two = outer ? near & ~even : near;
    long a = either(two, change, ZERO);
    long up = clip(((a + 4 * ONE) >>> 3 & 0x1FFF * ONE) + (ZERO - ZERO / 8), 16);
    long down = clip(((a + 3 * ONE) >>> 3 & 0x1FFF * ONE) + (ZERO - ZERO / 8), 16);
    p0 += down - ZERO;
    q0 -= up - ZERO;
    if (outer) {
      long six = near & even;
      a = clip(either(six, change, ZERO), 128) - ZERO + 128 * ONE;
      long part = part(a, 9);
      put(x, 1, shift, p2 + part);
      put(x, 6, shift, q2 - part);
      part = part(a, 18);
      p1 += part;
      q1 -= part;
      part = part(a, 27);
      p0 += part;
      q0 -= part;
    } else {
      long half = (up + ONE) >>> 1 & 0x7FFF * ONE;
      half = either(even, half, ZERO / 2) - ZERO / 2;
      p1 += half;
      q1 -= half;
    }
    put(x, 2, shift, p1);
    put(x, 3, shift, p0);
    put(x, 4, shift, q0);
    put(x, 5, shift, q1);
    return true;
  }

  /** Says by the bits of {@link #ZERO} where a difference is at most so large. */
  private static long within(long difference, long most) {
    return (most + difference) & (most - difference);
  }

  private static long mask(long flags) {
    return (flags << 1) - (flags >>> 14);
  }

  private static long either(long mask, long set, long clear) {
    return (set & mask) | (clear & ~mask);
  }

  /** A number of 128ths of a change that begins with 128. */
  private static long part(long change, int factor) {
    return ((factor * change + 63 * ONE) >>> 7 & 0x1FF * ONE) - factor * ONE;
  }

  /** Clips to {@code -half} to {@code half - 1}, a power of two. */
  private static long clip(long value, int half) {
    long low = ZERO - half * ONE;
    long high = ZERO + (half - 1) * ONE;
    if ((((value + half * ONE) ^ ZERO) & ~((2 * half - 1) * ONE)) == 0) {
      return value;
    }
    long above = (value + ~SIGN - high) & SIGN;
    above -= above >>> 15;
    long kept = either(above, high, value);
    long below = (low + ~SIGN - kept) & SIGN;
    below -= below >>> 15;
    return either(below, low, kept);
  }

  private static void put(long[] x, int row, int shift, long value) {
    long bytes = FourBytes.clip(value);
    x[row] = (x[row] & ~(BYTE << shift)) | bytes << shift;
  }
}
