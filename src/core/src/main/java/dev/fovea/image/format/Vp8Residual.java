package dev.fovea.image.format;

import java.io.IOException;
import java.util.Arrays;

/** Reads a macroblock's coefficients (RFC 6386, section 13) and transforms them (section 14). */
final class Vp8Residual {
  private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};

  /** Probabilities of a context. */
  private static final int NEXT = 11;

  /** By type and place: where the probabilities of the first context begin. */
  private static final int[][] PLACES = new int[4][BANDS.length];

  static {
    for (int type = 0; type < 4; type++) {
      for (int n = 0; n < BANDS.length; n++) {
        PLACES[type][n] = (type * 8 + BANDS[n]) * 3 * NEXT;
      }
    }
  }

  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};

  /** Probabilities of the further bits of large values, by category. */
  private static final int[][] LARGE = {
    {173, 148, 140},
    {176, 155, 140, 135},
    {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  /** Coefficients of 16 blocks of luma, 4 of each chroma, and the second order. */
  private final int[] values = new int[25 * 16];

  /** Whether a block has values: 0 none, 1 the first only, 2 others. */
  private final int[] filled = new int[25];

  private final int[] work = new int[16];
  private final int[] probabilities;

  Vp8Residual(int[] probabilities) {
    this.probabilities = probabilities;
  }

  void clear() {
    for (int block = 0; block < filled.length; block++) {
      if (filled[block] != 0) {
        filled[block] = 0;
        Arrays.fill(values, 16 * block, 16 * block + 16, 0);
      }
    }
  }

  /**
   * Reads one block.
   *
   * @param type 0: luma without its first value, 1: second order, 2: chroma, 3: luma
   * @param context how many of the blocks above and to the left have values
   * @param block 0 to 24
   * @return the place after the last value; 0 if there is none
   */
  int read(Vp8Bits bits, int type, int context, int block, int dc, int ac) throws IOException {
    int[] chances = probabilities;
    int[] places = PLACES[type];
    int n = type == 0 ? 1 : 0;
    int p = places[n] + NEXT * context;
    long value = bits.value;
    int range = bits.range;
    int extra = bits.extra;
    boolean zero = false;
    while (n < 16) {
      // Up to four bits before the next look, each of which moves on by at most seven places.
      while (extra < 21) {
        bits.value = value;
        bits.extra = extra;
        bits.load();
        value = bits.value;
        extra = bits.extra;
      }
      // Branches for each bit: what follows of a bit that was foretold need not wait for it.
      if (!zero) {
        int split = 1 + (((range - 1) * chances[p]) >> 8);
        long compared = (long) split << Vp8Bits.FIRST;
        if (value < compared) {
          int shift = Integer.numberOfLeadingZeros(split) - 24;
          range = split << shift;
          value <<= shift;
          extra -= shift;
          break;
        }
        int rest = range - split;
        int shift = Integer.numberOfLeadingZeros(rest) - 24;
        range = rest << shift;
        value = (value - compared) << shift;
        extra -= shift;
      }
      int split = 1 + (((range - 1) * chances[p + 1]) >> 8);
      long compared = (long) split << Vp8Bits.FIRST;
      if (value < compared) {
        int shift = Integer.numberOfLeadingZeros(split) - 24;
        range = split << shift;
        value <<= shift;
        extra -= shift;
        zero = true;
        n++;
        p = places[n];
        continue;
      }
      zero = false;
      int rest = range - split;
      int shift = Integer.numberOfLeadingZeros(rest) - 24;
      range = rest << shift;
      value = (value - compared) << shift;
      extra -= shift;
      split = 1 + (((range - 1) * chances[p + 2]) >> 8);
      compared = (long) split << Vp8Bits.FIRST;
      int level = 1;
      int next = NEXT;
      if (value < compared) {
        shift = Integer.numberOfLeadingZeros(split) - 24;
        range = split << shift;
        value <<= shift;
        extra -= shift;
      } else {
        rest = range - split;
        shift = Integer.numberOfLeadingZeros(rest) - 24;
        bits.range = rest << shift;
        bits.value = (value - compared) << shift;
        bits.extra = extra - shift;
        level = larger(bits, p);
        value = bits.value;
        range = bits.range;
        extra = bits.extra;
        next = 2 * NEXT;
      }
      // The sign, of which both values are as likely.
      split = (range + 1) >> 1;
      compared = (long) split << Vp8Bits.FIRST;
      int sign = value < compared ? 0 : -1;
      rest = sign == 0 ? split : range - split;
      value -= compared & sign;
      shift = Integer.numberOfLeadingZeros(rest) - 24;
      range = rest << shift;
      value <<= shift;
      extra -= shift;
      values[16 * block + ZIGZAG[n]] = ((level ^ sign) - sign) * (n == 0 ? dc : ac);
      n++;
      filled[block] = n == 1 ? 1 : 2;
      p = places[n] + next;
    }
    bits.value = value;
    bits.range = range;
    bits.extra = extra;
    return n;
  }

  /** A value of at least 2; a bit more is read ahead. */
  private int larger(Vp8Bits bits, int p) throws IOException {
    int value = 2;
    if (bits.bit(probabilities[p + 3]) == 1) {
      value = large(bits, p);
    } else if (bits.bit(probabilities[p + 4]) == 1) {
      value = 3 + bits.bit(probabilities[p + 5]);
    }
    if (bits.extra < 0) {
      bits.load();
    }
    return value;
  }

  /** A value of at least 5. */
  private int large(Vp8Bits bits, int p) throws IOException {
    if (bits.bit(probabilities[p + 6]) == 0) {
      if (bits.bit(probabilities[p + 7]) == 0) {
        return 5 + bits.bit(159);
      }
      int high = bits.bit(165);
      return 7 + 2 * high + bits.bit(145);
    }
    int high = bits.bit(probabilities[p + 8]);
    int category = 2 * high + bits.bit(probabilities[p + 9 + high]);
    int value = 0;
    for (int probability : LARGE[category]) {
      value = 2 * value + bits.bit(probability);
    }
    return value + 3 + (8 << category);
  }

  boolean starts(int block) {
    return values[16 * block] != 0;
  }

  /** Spreads the second order to the first values of the luma blocks (14.3). */
  void spread() {
    int from = 24 * 16;
    int[] t = work;
    for (int i = 0; i < 4; i++) {
      int a = values[from + i] + values[from + 12 + i];
      int b = values[from + 4 + i] + values[from + 8 + i];
      int c = values[from + 4 + i] - values[from + 8 + i];
      int d = values[from + i] - values[from + 12 + i];
      t[i] = a + b;
      t[8 + i] = a - b;
      t[4 + i] = d + c;
      t[12 + i] = d - c;
    }
    for (int i = 0; i < 4; i++) {
      int first = t[4 * i] + 3;
      int a = first + t[4 * i + 3];
      int b = t[4 * i + 1] + t[4 * i + 2];
      int c = t[4 * i + 1] - t[4 * i + 2];
      int d = first - t[4 * i + 3];
      values[64 * i] = (a + b) >> 3;
      values[64 * i + 16] = (d + c) >> 3;
      values[64 * i + 32] = (a - b) >> 3;
      values[64 * i + 48] = (d - c) >> 3;
    }
    for (int block = 0; block < 16; block++) {
      filled[block] = values[16 * block] == 0 ? 0 : 1;
    }
  }

  /** Adds a block's inverse transform (14.4) to its prediction. */
  void add(int block, Vp8Plane plane, int at) {
    if (filled[block] == 0) {
      return;
    }
    int from = 16 * block;
    if (filled[block] == 1) {
      plane.addToAll(at, (values[from] + 4) >> 3);
      return;
    }
    int[] t = work;
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
  }

  /** Times the root of 2 and the cosine of 22.5 degrees. */
  private static int cosine(int value) {
    return ((value * 20091) >> 16) + value;
  }

  private static int sine(int value) {
    return (value * 35468) >> 16;
  }
}
