package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The run lengths of a BMP, as Pillow reads them: runs end at the row, what is skipped is zero, and
 * the rows follow each other without a place of their own.
 */
final class BmpRuns {
  private final ByteBuffer in;
  private final int width;
  private final boolean nibbles;

  BmpRuns(ByteBuffer in, int width, boolean nibbles) {
    this.in = in;
    this.width = width;
    this.nibbles = nibbles;
  }

  byte[] decode(int count) throws IOException {
    byte[] out = new byte[count];
    int at = 0;
    int x = 0;
    while (at < count) {
      int run = in.get() & 0xFF;
      int value = in.get() & 0xFF;
      if (run > 0) {
        int length = Math.min(Math.min(run, Math.max(0, width - x)), count - at);
        for (int i = 0; i < length; i++) {
          out[at++] = (byte) (!nibbles ? value : i % 2 == 0 ? value >> 4 : value & 15);
        }
        x += length;
      } else if (value == 0) {
        at = Math.min(count, (at + width - 1) / width * width);
        x = 0;
      } else if (value == 1) {
        break;
      } else if (value == 2) {
        int right = in.get() & 0xFF;
        int up = in.get() & 0xFF;
        at = (int) Math.min(count, at + right + (long) up * width);
        x = at % width;
      } else {
        at = literal(out, at, Math.min(value, count - at));
        x += value;
      }
    }
    if (at < count) {
      throw Limits.cutShort("the BMP ends after " + at + " of " + count + " pixels");
    }
    return out;
  }

  private int literal(byte[] out, int at, int count) {
    for (int i = 0; i < count; i++) {
      if (!nibbles) {
        out[at++] = in.get();
      } else if (i % 2 == 0) {
        out[at++] = (byte) ((in.get() >> 4) & 15);
      } else {
        out[at++] = (byte) (in.get(in.position() - 1) & 15);
      }
    }
    if (in.position() % 2 != 0 && in.hasRemaining()) {
      in.get(); // words are aligned in the file
    }
    return at;
  }
}
