package dev.fovea.image.format;

/** Four bytes in a long, in 16 bits each, so that sums of all four are sums of longs. */
final class FourBytes {
  static final long ONE = 0x0001000100010001L;

  /** The bits of the bytes; in the others stands what exceeds one. */
  static final long BYTES = 0x00FF00FF00FF00FFL;

  private static final long PAIRS = 0x0000FFFF0000FFFFL;

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
}
