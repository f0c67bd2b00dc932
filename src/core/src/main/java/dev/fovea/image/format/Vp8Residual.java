package dev.fovea.image.format;

import java.io.IOException;
import java.util.Arrays;

/** Reads a macroblock's coefficients (RFC 6386, section 13) and adds what they stand for. */
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

  /**
   * Which values of a block are there: 0 none, 1 the first only, 2 of the first three, 3 others.
   */
  private final int[] filled = new int[25];

  private final int[] work = new int[16];
  private final int[] probabilities;

  Vp8Residual(int[] probabilities) {
    this.probabilities = probabilities;
  }

  /**
   * Reads the blocks of a square.
   *
   * @param type 0: luma without its first value, 1: second order, 2: chroma, 3: luma
   * @param block the first of them, 0 to 24
   * @param size their columns and rows
   * @param above whether those above have values, from a place on, replaced by those of the lowest
   * @param side the same of those to the left
   * @return whether one has values
   */
  boolean read(
      Vp8Bits bits,
      int type,
      int block,
      int size,
      int[] above,
      int[] side,
      int place,
      int dc,
      int ac)
      throws IOException {
    int[] chances = probabilities;
    int[] places = PLACES[type];
    int first = type == 0 ? 1 : 0;
    long value = bits.value;
    int rest = bits.rest;
    int shift = bits.shift;
    int extra = bits.extra;
    boolean any = false;
    for (int i = 0; i < size * size; i++) {
      int x = place + (i & (size - 1));
      int y = place + i / size;
      int to = 16 * (block + i);
      int n = first;
      int p = places[n] + NEXT * (above[x] + side[y]);
      boolean zero = false;
      while (n < 16) {
        // Up to four bits before the next look, each of which moves on by at most seven places.
        if (extra < 21) {
          bits.value = value;
          bits.extra = extra;
          bits.load(21);
          value = bits.value;
          extra = bits.extra;
        }
        // Branches for each bit: what follows of a bit that was foretold need not wait for it.
        if (!zero) {
          int chance = chances[p];
          int split = (((rest * chance) << shift) + 256 - chance) >> 8;
          long compared = (long) split << Vp8Bits.FIRST;
          if (value < compared) {
            rest = split;
            shift = Integer.numberOfLeadingZeros(split) - 24;
            value <<= shift;
            extra -= shift;
            break;
          }
          rest = (rest << shift) - split;
          shift = Integer.numberOfLeadingZeros(rest) - 24;
          value = (value - compared) << shift;
          extra -= shift;
        }
        int chance = chances[p + 1];
        int split = (((rest * chance) << shift) + 256 - chance) >> 8;
        long compared = (long) split << Vp8Bits.FIRST;
        if (value < compared) {
          rest = split;
          shift = Integer.numberOfLeadingZeros(split) - 24;
          value <<= shift;
          extra -= shift;
          zero = true;
          n++;
          p = places[n];
          continue;
        }
        zero = false;
        rest = (rest << shift) - split;
        shift = Integer.numberOfLeadingZeros(rest) - 24;
        value = (value - compared) << shift;
        extra -= shift;
        chance = chances[p + 2];
        split = (((rest * chance) << shift) + 256 - chance) >> 8;
        compared = (long) split << Vp8Bits.FIRST;
        int level = 1;
        int next = NEXT;
        if (value < compared) {
          rest = split;
          shift = Integer.numberOfLeadingZeros(split) - 24;
          value <<= shift;
          extra -= shift;
        } else {
          bits.rest = (rest << shift) - split;
          bits.shift = Integer.numberOfLeadingZeros(bits.rest) - 24;
          bits.value = (value - compared) << bits.shift;
          bits.extra = extra - bits.shift;
          level = larger(bits, p);
          value = bits.value;
          rest = bits.rest;
          shift = bits.shift;
          extra = bits.extra;
          next = 2 * NEXT;
        }
        // The sign, of which both values are as likely.
        int range = rest << shift;
        split = (range + 1) >> 1;
        long beyond = value - ((long) split << Vp8Bits.FIRST);
        int sign = (int) ~(beyond >> 63);
        rest = split - (range & 1 & sign);
        shift = Integer.numberOfLeadingZeros(rest) - 24;
        value = (sign == 0 ? value : beyond) << shift;
        extra -= shift;
        values[to + ZIGZAG[n]] = ((level ^ sign) - sign) * (n == 0 ? dc : ac);
        n++;
        p = places[n] + next;
      }
      int some = 0;
      if (n > first) {
        some = 1;
        filled[block + i] = n == 1 ? 1 : n <= 3 ? 2 : 3;
      }
      above[x] = some;
      side[y] = some;
      any |= n > 1 || values[to] != 0;
    }
    bits.value = value;
    bits.rest = rest;
    bits.shift = shift;
    bits.extra = extra;
    return any;
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
    Arrays.fill(values, from, from + 16, 0);
    for (int block = 0; block < 16; block++) {
      filled[block] = values[16 * block] == 0 ? 0 : 1;
    }
  }

  /** Adds a block's inverse transform (14.4) to its prediction, and clears it. */
  void add(int block, Vp8Plane plane, int at) {
    int kind = filled[block];
    if (kind == 0) {
      return;
    }
    filled[block] = 0;
    int from = 16 * block;
    if (kind == 1) {
      plane.addToAll(at, (values[from] + 4) >> 3);
      values[from] = 0;
    } else if (kind == 2) {
      Vp8Transform.addThree(values, from, plane, at);
    } else {
      Vp8Transform.addAll(values, from, work, plane, at);
    }
  }
}
