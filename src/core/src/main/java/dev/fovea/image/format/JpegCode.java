package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A Huffman code of JPEG (ITU-T T.81, annex C), by tables for the next bits. */
final class JpegCode {
  /** Bits that {@link #table} looks at. */
  static final int AHEAD = 10;

  private static final int LONGEST = 16;

  /** No code at all, where a scan needs none. */
  static final JpegCode NONE = new JpegCode();

  /**
   * By the next bits: in the lowest byte how many the code and the value after it take, 0 for a
   * code that is longer; then four bits of the run of zeros, four of the value's size, and the
   * length of the code.
   */
  final int[] table = new int[1 << AHEAD];

  private final byte[] symbols;

  /** The largest code of each length, and the place of its symbols less the first code. */
  private final int[] most = new int[LONGEST + 1];

  private final int[] offset = new int[LONGEST + 1];

  private JpegCode() {
    symbols = new byte[0];
    Arrays.fill(most, -1);
  }

  /**
   * Reads a code.
   *
   * @param content 16 counts by length, then the symbols; read up to its last symbol
   */
  JpegCode(ByteBuffer content) throws IOException {
    int[] counts = new int[LONGEST + 1];
    int all = 0;
    for (int i = 1; i <= LONGEST; i++) {
      counts[i] = content.get() & 0xFF;
      all += counts[i];
    }
    if (all > 256 || all > content.remaining()) {
      throw new IOException("broken: a JPEG code of " + all + " symbols");
    }
    symbols = new byte[all];
    content.get(symbols);
    int code = 0;
    int place = 0;
    for (int length = 1; length <= LONGEST; length++, code <<= 1) {
      offset[length] = place - code;
      most[length] = counts[length] == 0 ? -1 : code + counts[length] - 1;
      for (int i = 0; i < counts[length]; i++, code++, place++) {
        if (code >= 1 << length) {
          throw new IOException("broken: a JPEG code with more symbols than bits allow");
        }
        if (length <= AHEAD) {
          int free = AHEAD - length;
          Arrays.fill(table, code << free, (code + 1) << free, entry(length, symbols[place]));
        }
      }
    }
  }

  private static int entry(int length, byte symbol) {
    int size = symbol & 15;
    return (length + size) | (symbol & 0xF0) << 4 | size << 12 | length << 16;
  }

  /** Symbols that are not allowed for the first value of a block. */
  boolean exceeds(int highest) {
    for (byte symbol : symbols) {
      if ((symbol & 0xFF) > highest) {
        return true;
      }
    }
    return false;
  }

  /**
   * What {@link #table} would say, had it been large enough.
   *
   * @param bits at least 17, from the highest on; what is no code counts as 17 bits and nothing
   */
  int entry(long bits) {
    for (int length = AHEAD + 1; length <= LONGEST; length++) {
      int code = (int) (bits >>> (64 - length));
      if (code <= most[length]) {
        return entry(length, symbols[code + offset[length]]);
      }
    }
    return entry(LONGEST + 1, (byte) 0);
  }
}
