package dev.fovea.image.format;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The arithmetic decoder of VP8 (RFC 6386, section 7). */
final class Vp8Bits {
  /** Zeros that may be read after the end; an encoder writes all but the last few bytes. */
  private static final int SPARE = 12;

  /** The lowest bit of a value that is compared. */
  static final int FIRST = 55;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] data;
  private int at;

  // What follows is kept in variables of its own by who reads many bits.

  /** The next bits: from {@link #FIRST} on eight that are compared, then those read ahead. */
  long value;

  /** The range less what was split off at the last bit, which is still to be moved up. */
  int rest = 255;

  /** By how many places. */
  int shift;

  /** Bits in {@link #value} beyond the eight that are compared. */
  int extra = -8;

  Vp8Bits(ByteBuffer content) {
    data = new byte[content.remaining()];
    content.get(data);
  }

  /** One bit that is 0 with a probability of {@code zero / 256}. */
  int bit(int zero) throws IOException {
    if (extra < 0) {
      load();
    }
    // 1 + ((range - 1) * zero >> 8), where the product need not wait for the range.
    int split = (((rest * zero) << shift) + 256 - zero) >> 8;
    long compared = (long) split << FIRST;
    int bit = value < compared ? 0 : 1;
    rest = bit == 0 ? split : (rest << shift) - split;
    value -= bit == 0 ? 0 : compared;
    shift = Integer.numberOfLeadingZeros(rest) - 24;
    value <<= shift;
    extra -= shift;
    return bit;
  }

  /** Reads ahead at least one byte, most often four. */
  void load() throws IOException {
    if (at <= data.length - 4) {
      value |= ((int) INT.get(data, at) & 0xFFFFFFFFL) << (FIRST - 32 - extra);
      at += 4;
      extra += 32;
      return;
    }
    if (at >= data.length + SPARE) {
      throw Limits.cutShort("not all macroblocks of the WebP are there");
    }
    long next = at < data.length ? data[at] & 0xFF : 0;
    at++;
    value |= next << (FIRST - 8 - extra);
    extra += 8;
  }

  /** Reads ahead until there are so many bits. */
  void load(int most) throws IOException {
    while (extra < most) {
      load();
    }
  }

  /**
   * Walks down a tree.
   *
   * @param tree what follows a 0 and a 1 at each branch: a branch, or -1 less a leaf's number
   * @param chances the probabilities of its branches, from a place on
   * @return the leaf's number
   */
  int leaf(byte[] tree, int[] chances, int from) throws IOException {
    long value = this.value;
    int rest = this.rest;
    int shift = this.shift;
    int extra = this.extra;
    int node = 0;
    while (node >= 0) {
      if (extra < 0) {
        this.value = value;
        this.extra = extra;
        load();
        value = this.value;
        extra = this.extra;
      }
      int chance = chances[from + node];
      int split = (((rest * chance) << shift) + 256 - chance) >> 8;
      long compared = (long) split << FIRST;
      if (value < compared) {
        rest = split;
        shift = Integer.numberOfLeadingZeros(split) - 24;
        value <<= shift;
        extra -= shift;
        node = tree[2 * node];
      } else {
        rest = (rest << shift) - split;
        shift = Integer.numberOfLeadingZeros(rest) - 24;
        value = (value - compared) << shift;
        extra -= shift;
        node = tree[2 * node + 1];
      }
    }
    this.value = value;
    this.rest = rest;
    this.shift = shift;
    this.extra = extra;
    return -1 - node;
  }

  boolean flag() throws IOException {
    return bit(128) == 1;
  }

  /** A number, its highest bit first. */
  int number(int bits) throws IOException {
    int number = 0;
    for (int i = 0; i < bits; i++) {
      number = number << 1 | bit(128);
    }
    return number;
  }

  /** A number and its sign, or 0, as a first bit says. */
  int optionalSigned(int bits) throws IOException {
    if (!flag()) {
      return 0;
    }
    int number = number(bits);
    return flag() ? -number : number;
  }
}
