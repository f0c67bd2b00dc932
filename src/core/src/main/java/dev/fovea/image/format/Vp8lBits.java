package dev.fovea.image.format;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads bits, the lowest of each byte first. */
final class Vp8lBits {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] data;
  private int at;
  private long value;
  private int count;

  Vp8lBits(ByteBuffer content) {
    data = new byte[content.remaining()];
    content.get(data);
  }

  /** Reads ahead at least 56 bits, where there are as many. */
  void load() {
    if (at <= data.length - 8) {
      value |= (long) LONG.get(data, at) << count;
      at += (63 - count) >> 3;
      count |= 56;
      return;
    }
    while (count <= 55 && at < data.length) {
      value |= (data[at++] & 0xFFL) << count;
      count += 8;
    }
  }

  /** A number of up to 24 bits. */
  int read(int bits) throws IOException {
    int number = peek(bits);
    skip(bits);
    return number;
  }

  /** The next bits, zeros after the end. */
  int peek(int bits) {
    if (count < bits) {
      load();
    }
    return (int) value & ((1 << bits) - 1);
  }

  /** The lowest of what is read ahead. */
  int ahead() {
    return (int) value;
  }

  void skip(int bits) throws IOException {
    if (bits > count) {
      throw Limits.cutShort("not all pixels of the WebP are there");
    }
    value >>>= bits;
    count -= bits;
  }
}
