package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Decompresses the values of a GIF's picture (GIF89a, appendix F). */
final class GifLzw {
  private static final int CODES = 4096;

  private final ByteBuffer file;
  private final int minimum;
  private int blockLeft;
  private int bits;
  private int bitCount;

  /** Begins at the byte that states the code size. */
  GifLzw(ByteBuffer file) throws IOException {
    this.file = file;
    minimum = file.get();
    if (minimum < 1 || minimum > 8) {
      throw new IOException("broken: GIF codes of " + minimum + " bits");
    }
  }

  byte[] decode(int count) throws IOException {
    byte[] out = new byte[count];
    int[] where = new int[CODES]; // an entry is where its string was written last, and how long
    int[] length = new int[CODES];
    int clear = 1 << minimum;
    int size = minimum + 1;
    int next = clear + 2;
    int previous = -1;
    int at = 0;
    while (at < count) {
      int code = code(size);
      if (code == clear) {
        size = minimum + 1;
        next = clear + 2;
        previous = -1;
        continue;
      }
      if (code == clear + 1) {
        throw Limits.cutShort("the GIF ends after " + at + " of " + count + " pixels");
      }
      if (code > next || (code == next && previous < 0)) {
        throw new IOException("broken: a GIF code that is not defined yet");
      }
      if (previous >= 0 && next < CODES) {
        // The last string and the first value of this one, which follows it in the output.
        length[next] = (previous < clear ? 1 : length[previous]) + 1;
        where[next] = at - length[next] + 1;
        next++;
      }
      if (code < clear) {
        out[at++] = (byte) code;
      } else {
        if (code >= next) {
          throw new IOException("broken: a GIF code that is not defined yet");
        }
        int end = Math.min(count, at + length[code]);
        for (int from = where[code]; at < end; ) {
          out[at++] = out[from++];
        }
      }
      previous = code;
      if (next == 1 << size && size < 12) {
        size++;
      }
    }
    return out;
  }

  private int code(int size) throws IOException {
    while (bitCount < size) {
      if (blockLeft == 0) {
        blockLeft = file.hasRemaining() ? file.get() & 0xFF : 0;
      }
      if (blockLeft == 0 || !file.hasRemaining()) {
        throw Limits.cutShort("not all pixels of the GIF are there");
      }
      bits |= (file.get() & 0xFF) << bitCount;
      bitCount += 8;
      blockLeft--;
    }
    int code = bits & ((1 << size) - 1);
    bits >>>= size;
    bitCount -= size;
    return code;
  }
}
