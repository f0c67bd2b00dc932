package dev.fovea.image.format;

/** Four bytes in a long, in 16 bits each, so that sums of all four are sums of longs. */
final class FourBytes {
  static final long ONE = 0x0001000100010001L;

  /** The bits of the bytes; in the others stands what exceeds one. */
  static final long BYTES = 0x00FF00FF00FF00FFL;

  /** The first and the third. */
  static final long PAIRS = 0x0000FFFF0000FFFFL;

  private static final long FIRST_TWO = 0x00000000FFFFFFFFL;

  private FourBytes() {}

  static long apart(int bytes) {
    long low = bytes & 0xFFFFFFFFL;
    long pairs = (low | low << 16) & PAIRS;
    return (pairs | pairs << 8) & BYTES;
  }

  static int together(long apart) {
    long pairs = (apart | apart >>> 8) & PAIRS;
    return (int) (pairs | pairs >>> 16);
  }

  /** The four of numbers that are at most 511, and at least -256: the sum borrows from the next. */
  static long of(int a, int b, int c, int d) {
    return a + ((long) b << 16) + ((long) c << 32) + ((long) d << 48);
  }

  /** Clips numbers of -256 to 511, of which the sum may have borrowed from the next, to a byte. */
  static long clip(long numbers) {
    if ((numbers & ~BYTES) == 0) {
      return numbers;
    }
    long moved = numbers + 0x100 * ONE; // negative below 0x100, too large from 0x200 on
    long inside = moved & 0x100 * ONE;
    long large = moved & 0x200 * ONE;
    return (moved & (inside - (inside >>> 8))) | ((large >>> 1) - (large >>> 9));
  }

  /** The sum of numbers that are bytes or little more. */
  static int sum(long numbers) {
    return (int) ((numbers * ONE) >>> 48);
  }

  /** Makes four rows of four to four columns, from one array to another or within one. */
  static void turn(long[] from, int at, int step, long[] to, int place, int next) {
    long a = from[at];
    long b = from[at + step];
    long c = from[at + 2 * step];
    long d = from[at + 3 * step];
    long even = (a & PAIRS) | ((b & PAIRS) << 16);
    long odd = ((a >>> 16) & PAIRS) | (b & ~PAIRS);
    long lowerEven = (c & PAIRS) | ((d & PAIRS) << 16);
    long lowerOdd = ((c >>> 16) & PAIRS) | (d & ~PAIRS);
    to[place] = (even & FIRST_TWO) | (lowerEven << 32);
    to[place + next] = (odd & FIRST_TWO) | (lowerOdd << 32);
    to[place + 2 * next] = (even >>> 32) | (lowerEven & ~FIRST_TWO);
    to[place + 3 * next] = (odd >>> 32) | (lowerOdd & ~FIRST_TWO);
  }
}
