package dev.fovea.image.format;

import java.io.IOException;
import java.util.Arrays;

/** A canonical prefix code (RFC 9649, section 3.7.2). */
final class Vp8lCode {
  private static final int MOST = 15;
  private static final int TABLE_BITS = 9;
  private static final int[] ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  /** What {@link #table} says of codes that are longer. */
  private static final char LONGER = 0xFFFF;

  /** By the next bits: symbol and length, {@code symbol << 4 | length}. */
  private char[] table = {};

  private int mask;

  /** Symbols in the order of their codes, and how many there are of each length. */
  private char[] sorted = {};

  /** Of the codes that the table lacks: the first, and the place of its symbol. */
  private int firstLong;

  private int symbolsBefore;

  private final int[] counts = new int[MOST + 1];

  private Vp8lCode() {}

  /** Reads the description of a code for an alphabet. */
  static Vp8lCode read(Vp8lBits bits, int alphabet) throws IOException {
    int[] lengths = new int[alphabet];
    if (bits.read(1) == 1) {
      int symbols = 1 + bits.read(1);
      set(lengths, bits.read(bits.read(1) == 1 ? 8 : 1));
      if (symbols == 2) {
        set(lengths, bits.read(8));
      }
      return of(lengths);
    }
    int[] own = new int[19];
    int written = 4 + bits.read(4);
    for (int i = 0; i < written; i++) {
      own[ORDER[i]] = bits.read(3);
    }
    Vp8lCode code = of(own);
    int left = alphabet;
    if (bits.read(1) == 1) {
      left = 2 + bits.read(2 + 2 * bits.read(3));
    }
    int previous = 8;
    for (int at = 0; at < alphabet && left > 0; left--) {
      int symbol = code.next(bits);
      if (symbol < 16) {
        lengths[at++] = symbol;
        previous = symbol == 0 ? previous : symbol;
        continue;
      }
      int length = symbol == 16 ? previous : 0;
      int repeats =
          symbol == 16 ? 3 + bits.read(2) : symbol == 17 ? 3 + bits.read(3) : 11 + bits.read(7);
      if (repeats > alphabet - at) {
        throw new IOException("broken: a WebP code of too many symbols");
      }
      for (; repeats > 0; repeats--) {
        lengths[at++] = length;
      }
    }
    return of(lengths);
  }

  private static void set(int[] lengths, int symbol) throws IOException {
    if (symbol >= lengths.length) {
      throw new IOException("broken: a WebP code of the symbol " + symbol);
    }
    lengths[symbol] = 1;
  }

  private static Vp8lCode of(int[] lengths) throws IOException {
    Vp8lCode code = new Vp8lCode();
    int symbols = 0;
    int longest = 0;
    for (int length : lengths) {
      if (length > 0) {
        code.counts[length]++;
        symbols++;
        longest = Math.max(longest, length);
      }
    }
    int[] places = new int[MOST + 2];
    int free = 1;
    for (int i = 1; i <= MOST; i++) {
      places[i + 1] = places[i] + code.counts[i];
      free = 2 * free - code.counts[i];
      if (free < 0) {
        break;
      }
    }
    if (symbols == 0 || (symbols > 1 && free != 0)) {
      throw new IOException("broken: a WebP code that is not complete");
    }
    code.sorted = new char[symbols];
    for (int s = 0; s < lengths.length; s++) {
      if (lengths[s] > 0) {
        code.sorted[places[lengths[s]]++] = (char) s;
      }
    }
    code.fill(symbols == 1 ? 0 : Math.min(longest, TABLE_BITS));
    return code;
  }

  private void fill(int bits) {
    table = new char[1 << bits];
    mask = table.length - 1;
    Arrays.fill(table, bits == 0 ? (char) (sorted[0] << 4) : LONGER);
    int next = 0;
    int symbol = 0;
    for (int length = 1; length <= bits; length++, next <<= 1) {
      for (int i = 0; i < counts[length]; i++, next++, symbol++) {
        int reversed = Integer.reverse(next) >>> (32 - length);
        for (int at = reversed; at < table.length; at += 1 << length) {
          table[at] = (char) (sorted[symbol] << 4 | length);
        }
      }
    }
    firstLong = next;
    symbolsBefore = symbol;
  }

  /** Reads one symbol; a code of one symbol takes no bits. */
  int next(Vp8lBits bits) throws IOException {
    bits.peek(MOST);
    return nextAhead(bits);
  }

  /** The same where enough is read ahead. */
  int nextAhead(Vp8lBits bits) throws IOException {
    int ahead = bits.ahead();
    char entry = table[ahead & mask];
    if (entry == LONGER) {
      return longer(bits, ahead);
    }
    bits.skip(entry & 15);
    return entry >> 4;
  }

  private int longer(Vp8lBits bits, int ahead) throws IOException {
    int first = firstLong;
    int index = symbolsBefore;
    for (int length = TABLE_BITS + 1; length <= MOST; length++) {
      int place = (Integer.reverse(ahead) >>> (32 - length)) - first;
      if (place < counts[length]) {
        bits.skip(length);
        return sorted[index + place];
      }
      index += counts[length];
      first = (first + counts[length]) << 1;
    }
    throw new IOException("broken: a WebP code that is not defined");
  }
}
