package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;

/** Decodes the lossless kind of WebP (RFC 9649, section 3). */
final class Vp8lPicture {
  /** Near distances: rows up in the upper four bits, 8 less columns to the left in the lower. */
  private static final byte[] NEAR =
      HexFormat.of()
          .parseHex(
              "1807171928062729161a262a38053739151b363a252b48044749141c353b464a242c58454b343c03"
                  + "5759131d565a232d444c555b333d68026769121e666a222e545c434d656b323e78017779535d111f"
                  + "646c424e767a212f757b313f636d525e00747c414f1020626e30737d515f40727e616f50717f6070");

  private static final int LENGTHS = 24;
  private static final int DISTANCES = 40;

  private final Vp8lBits bits;
  private final int width;
  private final int height;

  Vp8lPicture(ByteBuffer data, int width, int height) {
    bits = new Vp8lBits(data);
    this.width = width;
    this.height = height;
  }

  byte[] decode() throws IOException {
    bits.read(8);
    bits.read(14);
    bits.read(14);
    bits.read(1); // whether alpha is used
    if (bits.read(3) != 0) {
      throw new IOException("a lossless WebP of a later version");
    }
    Deque<Vp8lTransform> transforms = new ArrayDeque<>();
    int columns = width;
    int seen = 0;
    while (bits.read(1) == 1) {
      int kind = bits.read(2);
      if ((seen & (1 << kind)) != 0) {
        throw new IOException("broken: a WebP that is transformed twice in the same way");
      }
      seen |= 1 << kind;
      Vp8lTransform transform = transform(kind, columns);
      transforms.push(transform);
      columns = transform.packedWidth();
    }
    int[] pixels = image(columns, height, true);
    for (Vp8lTransform transform : transforms) {
      pixels = transform.undo(pixels, height);
    }
    byte[] rgb = Limits.rgb(width, height);
    ColorRow.writeReversed(pixels, rgb);
    return rgb;
  }

  private Vp8lTransform transform(int kind, int columns) throws IOException {
    if (kind == Vp8lTransform.SUBTRACT_GREEN) {
      return new Vp8lTransform(kind, columns, 0, new int[0]);
    }
    if (kind == Vp8lTransform.PALETTE) {
      int colors = 1 + bits.read(8);
      int[] palette = image(colors, 1, false);
      for (int i = 1; i < colors; i++) {
        palette[i] = Vp8lPrediction.sum(palette[i], palette[i - 1]);
      }
      int packing = colors > 16 ? 0 : colors > 4 ? 1 : colors > 2 ? 2 : 3;
      return new Vp8lTransform(kind, columns, packing, palette);
    }
    int block = 2 + bits.read(3);
    int[] data = image(blocks(columns, block), blocks(height, block), false);
    return new Vp8lTransform(kind, columns, block, data);
  }

  static int blocks(int length, int bits) {
    return (length + (1 << bits) - 1) >> bits;
  }

  /** Reads an image that was packed by prefix codes, copies and a cache of colours. */
  private int[] image(int columns, int rows, boolean main) throws IOException {
    int cacheBits = bits.read(1) == 1 ? bits.read(4) : 0;
    if (cacheBits > 11) {
      throw new IOException("broken: a WebP cache of " + cacheBits + " bits");
    }
    int[] cache = new int[cacheBits == 0 ? 0 : 1 << cacheBits];
    int[] groups = {};
    int groupBits = 0;
    int count = 1;
    if (main && bits.read(1) == 1) {
      groupBits = 2 + bits.read(3);
      groups = image(blocks(columns, groupBits), blocks(rows, groupBits), false);
      for (int i = 0; i < groups.length; i++) {
        groups[i] = (groups[i] >> 8) & 0xFFFF;
        count = Math.max(count, groups[i] + 1);
      }
    }
    Vp8lCode[][] codes = new Vp8lCode[count][5];
    for (Vp8lCode[] group : codes) {
      group[0] = Vp8lCode.read(bits, 256 + LENGTHS + cache.length);
      group[1] = Vp8lCode.read(bits, 256);
      group[2] = Vp8lCode.read(bits, 256);
      group[3] = Vp8lCode.read(bits, 256);
      group[4] = Vp8lCode.read(bits, DISTANCES);
    }
    int[] pixels = new int[Math.multiplyExact(columns, rows)];
    int across = blocks(columns, groupBits);
    int inGroup = groups.length == 0 ? -1 : (1 << groupBits) - 1;
    Vp8lCode[] code = codes[0];
    boolean moved = false;
    for (int at = 0, x = 0, y = 0; at < pixels.length; ) {
      if (groups.length > 0 && (moved || (x & inGroup) == 0)) {
        code = codes[groups[(y >> groupBits) * across + (x >> groupBits)]];
      }
      bits.load();
      int symbol = code[0].nextAhead(bits);
      int from = at;
      if (symbol < 256) {
        int red = code[1].nextAhead(bits);
        int blue = code[2].nextAhead(bits);
        pixels[at++] = code[3].next(bits) << 24 | red << 16 | symbol << 8 | blue;
        x++;
      } else if (symbol < 256 + LENGTHS) {
        int length = extended(symbol - 256);
        int distance = distance(extended(code[4].next(bits)), columns);
        if (distance > at || length > pixels.length - at) {
          throw new IOException("broken: a WebP copies what is not there");
        }
        for (int i = 0; i < length; i++, at++) {
          pixels[at] = pixels[at - distance];
        }
        x += length;
      } else {
        pixels[at++] = cache[symbol - 256 - LENGTHS];
        x++;
      }
      for (int i = from; cacheBits > 0 && i < at; i++) {
        cache[(0x1E35A7BD * pixels[i]) >>> (32 - cacheBits)] = pixels[i];
      }
      if (x >= columns) {
        y += x / columns;
        x %= columns;
      }
      moved = at - from > 1;
    }
    return pixels;
  }

  /** A length or distance: a symbol that states its size, and further bits. */
  private int extended(int symbol) throws IOException {
    if (symbol < 4) {
      return symbol + 1;
    }
    int extra = (symbol - 2) >> 1;
    return ((2 + (symbol & 1)) << extra) + bits.read(extra) + 1;
  }

  private static int distance(int code, int columns) {
    if (code > NEAR.length) {
      return code - NEAR.length;
    }
    int near = NEAR[code - 1];
    return Math.max(1, (near >> 4) * columns + 8 - (near & 15));
  }
}
