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

  int range = 255;

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
    int split = 1 + (((range - 1) * zero) >> 8);
    long compared = (long) split << FIRST;
    int bit = value < compared ? 0 : 1;
    int rest = bit == 0 ? split : range - split;
    value -= bit == 0 ? 0 : compared;
    int shift = Integer.numberOfLeadingZeros(rest) - 24;
    range = rest << shift;
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
