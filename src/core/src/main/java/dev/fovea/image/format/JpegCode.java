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
   * By the next bits: in the lowest byte how many are taken, 0 for a code that is longer; then four
   * bits each of the run of zeros and of the value's size; then the value, if the next bits hold
   * all of it. Such a value counts as taken, and its size as 0.
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
          fill(code, length, symbols[place] & 0xFF);
        }
      }
    }
  }

  private void fill(int code, int length, int symbol) {
    int free = AHEAD - length;
    int size = symbol & 15;
    int run = symbol >> 4;
    for (int rest = 0; rest < 1 << free; rest++) {
      int entry = length | run << 8 | size << 12;
      if (size > 0 && size <= free) {
        int value = JpegBits.extended(rest >> (free - size), size);
        entry = (length + size) | run << 8 | value << 16;
      }
      table[code << free | rest] = entry;
    }
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
    for (int length = 1; length <= LONGEST; length++) {
      int code = (int) (bits >>> (64 - length));
      if (code <= most[length]) {
        int symbol = symbols[code + offset[length]] & 0xFF;
        return length | symbol >> 4 << 8 | (symbol & 15) << 12;
      }
    }
    return LONGEST + 1;
  }
}
