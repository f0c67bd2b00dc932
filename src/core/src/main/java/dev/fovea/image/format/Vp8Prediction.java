package dev.fovea.image.format;

/** Predicts blocks from the samples above and to the left (RFC 6386, section 12). */
final class Vp8Prediction {
  static final int DC = 0;
  static final int TRUE_MOTION = 1;
  static final int VERTICAL = 2;
  static final int HORIZONTAL = 3;
  private static final int DOWN_RIGHT = 4;
  private static final int VERTICAL_RIGHT = 5;
  private static final int DOWN_LEFT = 6;
  private static final int VERTICAL_LEFT = 7;
  private static final int HORIZONTAL_DOWN = 8;

  private static final long ONE = FourBytes.ONE;

  private Vp8Prediction() {}

  /**
   * Predicts a block of 4 x 4.
   *
   * @param at its first row
   * @param right where the four samples above and to the right lie
   */
  static void small(Vp8Plane plane, int mode, int at, int right) {
    long[] s = plane.samples;
    int stride = plane.stride;
    if (mode == TRUE_MOTION) {
      trueMotion(plane, at, 1);
      return;
    }
    long above = s[at - stride];
    long l0 = s[at - 1] >>> 48;
    long l1 = s[at + stride - 1] >>> 48;
    long l2 = s[at + 2 * stride - 1] >>> 48;
    long l3 = s[at + 3 * stride - 1] >>> 48;
    if (mode == DC) {
      plane.fill(at, (int) (FourBytes.sum(above) + l0 + l1 + l2 + l3 + 4) >> 3);
      return;
    }
    // The edge runs from the lowest sample on the left (2) up to the corner (6) and to the right (7
    // to 14); its samples from a number on are in a long of that number.
    long corner = s[at - stride - 1] >>> 48;
    long next = s[right];
    long e2 = l3 | (l2 << 16) | (l1 << 32) | (l0 << 48);
    long e3 = (e2 >>> 16) | (corner << 48);
    long e4 = (e3 >>> 16) | (above << 48);
    long e6 = corner | (above << 16);
    long e8 = (above >>> 16) | (next << 48);
    long e9 = (above >>> 32) | (next << 32);
    long a; // the rows
    long b;
    long c;
    long d;
    switch (mode) {
      case VERTICAL -> {
        a = mean(e6, above, e8);
        b = a;
        c = a;
        d = a;
      }
      case HORIZONTAL -> {
        long means = mean(l3 | (e2 << 16), e2, e3);
        a = (means >>> 48) * ONE;
        b = ((means >>> 32) & 0xFF) * ONE;
        c = ((means >>> 16) & 0xFF) * ONE;
        d = (means & 0xFF) * ONE;
      }
      case DOWN_RIGHT -> {
        a = mean((e4 >>> 16) | (above << 32), e6, above);
        d = mean(e2, e3, e4);
        b = (d >>> 32) | (a << 16);
        c = (d >>> 16) | (a << 32);
      }
      case VERTICAL_RIGHT -> {
        long e5 = (e4 >>> 16) | (above << 32);
        long means = mean(e3, e4, e5);
        a = mean(e6, above);
        b = mean(e5, e6, above);
        c = (a << 16) | ((means >>> 16) & 0xFF);
        d = (b << 16) | (means & 0xFF);
      }
      case DOWN_LEFT -> {
        a = mean(above, e8, e9);
        d = last(e9, next);
        b = (a >>> 16) | (d << 32);
        c = (a >>> 32) | (d << 16);
      }
      case VERTICAL_LEFT -> {
        long means = last(e9, next);
        a = mean(above, e8);
        b = mean(above, e8, e9);
        c = (a >>> 16) | ((means >>> 16) << 48);
        d = (b >>> 16) | ((means >>> 32) << 48);
      }
      case HORIZONTAL_DOWN -> {
        long two = mean(e2, e3);
        long three = mean(e2, e3, e4);
        d = inTurn(two, three);
        b = inTurn(two >>> 32, three >>> 32);
        c = (d >>> 32) | (b << 32);
        a = (b >>> 32) | (mean(e6, above, e8) << 32);
      }
      default -> { // horizontal, up
        long down = l0 | (l1 << 16) | (l2 << 32) | (l3 << 48);
        long second = (down >>> 16) | (l3 << 48);
        long two = mean(down, second);
        long three = mean(down, second, (second >>> 16) | (l3 << 48));
        a = inTurn(two, three);
        c = inTurn(two >>> 32, three >>> 32);
        b = (a >>> 32) | (c << 32);
        d = l3 * ONE;
      }
    }
    s[at] = a;
    s[at + stride] = b;
    s[at + 2 * stride] = c;
    s[at + 3 * stride] = d;
  }

  /** The means of three about the last four samples, of which the very last is repeated. */
  private static long last(long e9, long next) {
    return mean((e9 >>> 16) | (next << 16), next, (next >>> 16) | ((next >>> 48) << 48));
  }

  private static long mean(long a, long b) {
    return ((a + b + ONE) >>> 1) & FourBytes.BYTES;
  }

  /** Weighs the middle one twice. */
  private static long mean(long a, long b, long c) {
    return ((a + 2 * b + c + 2 * ONE) >>> 2) & FourBytes.BYTES;
  }

  /** The first of each, then the second of each. */
  private static long inTurn(long a, long b) {
    long first = (a & 0xFFFF) | ((a & 0xFFFF0000L) << 16);
    return first | (((b & 0xFFFF) | ((b & 0xFFFF0000L) << 16)) << 16);
  }

  /**
   * Predicts a block of 16 x 16 or 8 x 8.
   *
   * @param at its first row
   * @param fours its size
   * @param above whether there are blocks above it, and before it
   */
  static void large(Vp8Plane plane, int mode, int at, int fours, boolean above, boolean before) {
    long[] s = plane.samples;
    int stride = plane.stride;
    int end = at + 4 * fours * stride;
    switch (mode) {
      case TRUE_MOTION -> trueMotion(plane, at, fours);
      case VERTICAL -> {
        for (int row = at; row < end; row += stride) {
          System.arraycopy(s, at - stride, s, row, fours);
        }
      }
      case HORIZONTAL -> {
        for (int row = at; row < end; row += stride) {
          plane.set(row, fours, plane.last(row - 1) * ONE);
        }
      }
      default -> {
        int sum = 0;
        for (int i = 0; i < fours && above; i++) {
          sum += FourBytes.sum(s[at - stride + i]);
        }
        for (int row = at; row < end && before; row += stride) {
          sum += plane.last(row - 1);
        }
        int count = (above ? 4 * fours : 0) + (before ? 4 * fours : 0);
        int mean = count == 0 ? 128 : (sum + count / 2) / count;
        for (int row = at; row < end; row += stride) {
          plane.set(row, fours, mean * ONE);
        }
      }
    }
  }

  private static void trueMotion(Vp8Plane plane, int at, int fours) {
    long[] s = plane.samples;
    int top = at - plane.stride;
    int corner = plane.last(top - 1);
    for (int y = 0, row = at; y < 4 * fours; y++, row += plane.stride) {
      long change = (plane.last(row - 1) - corner) * ONE;
      for (int i = 0; i < fours; i++) {
        s[row + i] = FourBytes.clip(s[top + i] + change);
      }
    }
  }
}
