package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads bits, the lowest of each byte first. */
final class Vp8lBits {
  private final byte[] data;
  private int at;
  private long value;
  private int count;

  Vp8lBits(ByteBuffer content) {
    data = new byte[content.remaining()];
    content.get(data);
  }

  private void load() {
    while (count <= 48 && at < data.length) {
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

  void skip(int bits) throws IOException {
    if (bits > count) {
      throw Limits.cutShort("not all pixels of the WebP are there");
    }
    value >>>= bits;
    count -= bits;
  }
}
