package dev.fovea.image.format;

/**
 * Smooths the edges between blocks (RFC 6386, section 15.3), four places along an edge at once.
 *
 * <p>A long holds what lies at one distance from the edge at four places, in 16 bits each, so that
 * sums of all four are sums of longs. Differences have a sign and so may borrow from the next
 * place, until {@link #ZERO} is added.
 */
final class Vp8Edges {
  private static final long ONE = FourBytes.ONE;
  private static final long BYTE = FourBytes.BYTES;
  private static final long SIGN = 0x8000800080008000L;

  /** What stands for 0, so that no number is negative: a set bit says that it is not. */
  private static final long ZERO = 0x4000 * ONE;

  private final long[] samples;
  private final int stride;
  private final boolean simple;

  /** Columns of four rows: four before the macroblock, up to 16 of it. */
  private final long[] columns = new long[20];

  private long interior;
  private long variance;
  private long outerMost;
  private long innerMost;

  /**
   * Takes a plane.
   *
   * @param simple whether to smooth by the simple filter (15.2)
   */
  Vp8Edges(Vp8Plane plane, boolean simple) {
    samples = plane.samples;
    stride = plane.stride;
    this.simple = simple;
  }

  /**
   * Sets what is smoothed.
   *
   * @param interior the largest difference on one side of an edge
   * @param variance the largest difference next to an edge that counts as smooth
   * @param outer the largest difference across the edge of a macroblock
   * @param inner the largest difference across an edge within one
   */
  void limits(int interior, int variance, int outer, int inner) {
    this.interior = ZERO + interior * ONE;
    this.variance = ZERO + variance * ONE;
    outerMost = ZERO + outer * ONE;
    innerMost = ZERO + inner * ONE;
  }

  /**
   * Smooths across the upright edges of four rows of a macroblock.
   *
   * @param at its first four samples in the upper row
   * @param fours its size
   * @param outer whether its left edge is smoothed
   * @param inner whether the edges within it are
   */
  void upright(int at, int fours, boolean outer, boolean inner) {
    long[] x = columns;
    int from = outer ? -1 : 0;
    int to = inner ? fours : 1;
    for (int i = from; i < to; i++) {
      FourBytes.turn(samples, at + i, stride, x, 4 * i + 4, 1);
    }
    boolean changed = outer && outer(x, 4, 1);
    for (int i = 1; i < to; i++) {
      changed |= inner(x, 4 * i + 4, 1);
    }
    for (int i = from; i < to && changed; i++) {
      FourBytes.turn(x, 4 * i + 4, 1, samples, at + i, stride);
    }
  }

  /** The same across the level edges of four columns. */
  void level(int at, int fours, boolean outer, boolean inner) {
    if (outer) {
      outer(samples, at, stride);
    }
    for (int i = 1; inner && i < fours; i++) {
      inner(samples, at + 4 * i * stride, stride);
    }
  }

  /** Smooths the edge of a macroblock, before a place in lines of some distance. */
  private boolean outer(long[] x, int q, int step) {
    if (simple) {
      return simple(x, q, step, outerMost);
    }
    long near = near(x, q, step, outerMost);
    if (near == 0) {
      return false;
    }
    long p2 = x[q - 3 * step];
    long p1 = x[q - 2 * step];
    long p0 = x[q - step];
    long q0 = x[q];
    long q1 = x[q + step];
    long q2 = x[q + 2 * step];
    long even = even(p1 - p0, q1 - q0);
    long change = clip(ZERO + p1 - q1, 128) + 3 * (q0 - p0);
    long a = either(even, ZERO, either(near, change, ZERO));
    p0 += eighth(a, 3) - ZERO;
    q0 -= eighth(a, 4) - ZERO;
    a = clip(either(near & even, change, ZERO), 128) - ZERO + 128 * ONE;
    long nine = 9 * a;
    long part = part(nine, 9);
    p2 += part;
    q2 -= part;
    part = part(2 * nine, 18);
    p1 += part;
    q1 -= part;
    part = part(3 * nine, 27);
    p0 += part;
    q0 -= part;
    if (((p2 | p1 | p0 | q0 | q1 | q2) & ~BYTE) != 0) {
      p2 = FourBytes.clip(p2);
      p1 = FourBytes.clip(p1);
      p0 = FourBytes.clip(p0);
      q0 = FourBytes.clip(q0);
      q1 = FourBytes.clip(q1);
      q2 = FourBytes.clip(q2);
    }
    x[q - 3 * step] = p2;
    x[q - 2 * step] = p1;
    x[q - step] = p0;
    x[q] = q0;
    x[q + step] = q1;
    x[q + 2 * step] = q2;
    return true;
  }

  /** Smooths an edge within a macroblock. */
  private boolean inner(long[] x, int q, int step) {
    if (simple) {
      return simple(x, q, step, innerMost);
    }
    long near = near(x, q, step, innerMost);
    if (near == 0) {
      return false;
    }
    long p1 = x[q - 2 * step];
    long p0 = x[q - step];
    long q0 = x[q];
    long q1 = x[q + step];
    long even = even(p1 - p0, q1 - q0);
    long change = either(even, ZERO, clip(ZERO + p1 - q1, 128)) + 3 * (q0 - p0);
    long a = either(near, change, ZERO);
    long up = eighth(a, 4);
    p0 += eighth(a, 3) - ZERO;
    q0 -= up - ZERO;
    long half = either(even, ((up + ONE) >>> 1) & (0x7FFF * ONE), ZERO / 2) - ZERO / 2;
    p1 += half;
    q1 -= half;
    if (((p1 | p0 | q0 | q1) & ~BYTE) != 0) {
      p1 = FourBytes.clip(p1);
      p0 = FourBytes.clip(p0);
      q0 = FourBytes.clip(q0);
      q1 = FourBytes.clip(q1);
    }
    x[q - 2 * step] = p1;
    x[q - step] = p0;
    x[q] = q0;
    x[q + step] = q1;
    return true;
  }

  private static boolean simple(long[] x, int q, int step, long most) {
    long p1 = x[q - 2 * step];
    long p0 = x[q - step];
    long q0 = x[q];
    long wide = p1 - x[q + step];
    long across = q0 - p0;
    long near = mask(within(4 * across, most + wide) & within(4 * across, most - wide) & ZERO);
    long a = either(near, clip(ZERO + wide, 128) + 3 * across, ZERO);
    x[q - step] = FourBytes.clip(p0 + eighth(a, 3) - ZERO);
    x[q] = FourBytes.clip(q0 - eighth(a, 4) + ZERO);
    return near != 0;
  }

  /** A mask of the places that are smoothed; 0, too, where nothing would change. */
  private long near(long[] x, int q, int step, long most) {
    long p3 = x[q - 4 * step];
    long p2 = x[q - 3 * step];
    long p1 = x[q - 2 * step];
    long p0 = x[q - step];
    long q0 = x[q];
    long q1 = x[q + step];
    long q2 = x[q + 2 * step];
    long q3 = x[q + 3 * step];
    long across = q0 - p0;
    long wide = p1 - q1;
    if ((across | wide) == 0) {
      return 0;
    }
    long within =
        within(p1 - p0, interior)
            & within(q1 - q0, interior)
            & within(p2 - p1, interior)
            & within(q2 - q1, interior)
            & within(p3 - p2, interior)
            & within(q3 - q2, interior)
            & within(4 * across, most + wide)
            & within(4 * across, most - wide);
    return mask(within & ZERO);
  }

  /** A mask of the places that are smooth on both sides of the edge. */
  private long even(long before, long after) {
    return mask(within(before, variance) & within(after, variance) & ZERO);
  }

  private static long eighth(long change, int more) {
    return clip((((change + more * ONE) >>> 3) & (0x1FFF * ONE)) + (ZERO - ZERO / 8), 16);
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

  /** 128ths of a number that begins with 128 times a factor. */
  private static long part(long product, int factor) {
    return (((product + 63 * ONE) >>> 7) & (0x1FF * ONE)) - factor * ONE;
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
}
