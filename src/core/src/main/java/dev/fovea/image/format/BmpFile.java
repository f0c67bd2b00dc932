package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Windows and OS/2 bitmaps: 1, 4, 8, 16, 24 and 32 bits, run lengths, and the colour masks that
 * Pillow knows.
 */
final class BmpFile implements ImageFile {
  private static final int RAW = 0;
  private static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int MASKS = 3;

  private final ByteBuffer file;
  private final int width;
  private final int height;
  private final boolean upsideDown;
  private final int bits;
  private final int compression;
  private final Palette palette = Palette.black();
  private final int data;

  /** Masks of red, green and blue, for 16 and more bits. */
  private int red = 0xFF0000;

  private int green = 0xFF00;
  private int blue = 0xFF;

  private BmpFile(ByteBuffer bytes) throws IOException {
    file = bytes.order(ByteOrder.LITTLE_ENDIAN);
    int header = file.getInt(14);
    boolean old = header == 12;
    if (!old
        && header != 40
        && header != 52
        && header != 56
        && header != 64
        && header != 108
        && header != 124) {
      throw new IOException("BMP with a header of " + header + " bytes is not supported");
    }
    width = Limits.side(old ? file.getShort(18) & 0xFFFF : file.getInt(18));
    int rows = old ? file.getShort(20) & 0xFFFF : file.getInt(22);
    upsideDown = rows > 0;
    height = Limits.side(Math.abs((long) rows));
    bits = file.getShort(old ? 24 : 28);
    compression = old ? RAW : file.getInt(30);
    int end = 14 + header;
    if (compression == MASKS && header == 40) {
      end += 12;
    }
    int start = file.getInt(10);
    int entry = old ? 3 : 4;
    if (bits <= 8) {
      int colors = old ? 0 : file.getInt(46);
      int all = 1 << Math.max(0, bits);
      colors = colors <= 0 ? all : colors;
      if (colors > 1 << 16) {
        throw new IOException("BMP with " + colors + " colours");
      }
      for (int i = 0; i < Math.min(colors, 256) && end + (i + 1) * entry <= file.limit(); i++) {
        int at = end + i * entry;
        palette.set(i, file.get(at + 2), file.get(at + 1), file.get(at));
      }
      end += colors * entry;
    }
    data = start == 0 ? end : start;
    readMasks();
  }

  static BmpFile open(ByteBuffer bytes) throws IOException {
    return new BmpFile(bytes);
  }

  private void readMasks() throws IOException {
    if (compression == MASKS && bits >= 16) {
      red = file.getInt(54);
      green = file.getInt(58);
      blue = file.getInt(62);
      if (bits == 32 && (red | green | blue) == 0) {
        red = 0xFF0000;
        green = 0xFF00;
        blue = 0xFF;
      }
    } else if (bits == 16) {
      red = 0x7C00;
      green = 0x3E0;
      blue = 0x1F;
    }
    boolean five = red == 0x7C00 && green == 0x3E0 && blue == 0x1F;
    boolean six = red == 0xF800 && green == 0x7E0 && blue == 0x1F;
    boolean known =
        switch (compression) {
          case RAW -> bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
          case RLE8 -> bits == 8;
          case RLE4 -> bits == 4;
          case MASKS ->
              bits == 16
                  ? five || six
                  : (bits == 24 || bits == 32)
                      && wholeByte(red)
                      && wholeByte(green)
                      && wholeByte(blue);
          default -> false;
        };
    if (!known) {
      throw new IOException(
          "BMP of " + bits + " bits, compression " + compression + " is not supported");
    }
  }

  private boolean wholeByte(int mask) {
    int shift = Integer.numberOfTrailingZeros(mask);
    return mask != 0 && shift % 8 == 0 && mask >>> shift == 0xFF && shift + 8 <= bits;
  }

  @Override
  public String format() {
    return "BMP";
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int height() {
    return height;
  }

  @Override
  public int orientation() {
    return 1;
  }

  @Override
  public long memory() {
    return 3L * width * height + (bits <= 8 ? (long) width * height : 4L * width);
  }

  @Override
  public byte[] decode() throws IOException {
    byte[] rgb = Limits.rgb(width, height);
    if (compression == RLE4 || compression == RLE8) {
      byte[] values =
          new BmpRuns(file.duplicate().position(data), width, compression == RLE4)
              .decode(Math.multiplyExact(width, height));
      for (int y = 0; y < height; y++) {
        palette.paint(values, y * width, 8, width, rgb, 3 * target(y) * width, 3);
      }
      return rgb;
    }
    int stride = Math.toIntExact(((long) width * bits + 31) / 32 * 4);
    byte[] row = new byte[stride];
    ByteBuffer from = file.duplicate().position(data);
    for (int y = 0; y < height; y++) {
      // The padding of the last row may lack.
      from.get(row, 0, Math.min(stride, from.remaining()));
      if (from.remaining() == 0 && y < height - 1) {
        throw Limits.cutShort("not all rows of the BMP are there");
      }
      paint(row, rgb, 3 * target(y) * width);
    }
    return rgb;
  }

  private int target(int y) {
    return upsideDown ? height - 1 - y : y;
  }

  private void paint(byte[] row, byte[] rgb, int to) {
    if (bits <= 8) {
      palette.paint(row, 0, bits, width, rgb, to, 3);
      return;
    }
    int bytes = bits / 8;
    int r = Integer.numberOfTrailingZeros(red);
    int g = Integer.numberOfTrailingZeros(green);
    int b = Integer.numberOfTrailingZeros(blue);
    if (bits == 24 && r == 16 && g == 8 && b == 0) {
      ColorRow.reverse(row, width, rgb, to);
      return;
    }
    for (int x = 0, at = 0; x < width; x++, at += bytes, to += 3) {
      if (bits == 16) {
        int value = (row[at] & 0xFF) | (row[at + 1] & 0xFF) << 8;
        rgb[to] = spread(value, red, r);
        rgb[to + 1] = spread(value, green, g);
        rgb[to + 2] = spread(value, blue, b);
      } else {
        rgb[to] = row[at + r / 8];
        rgb[to + 1] = row[at + g / 8];
        rgb[to + 2] = row[at + b / 8];
      }
    }
  }

  /** A field of five or six bits as eight. */
  private static byte spread(int value, int mask, int shift) {
    return (byte) (((value & mask) >> shift) * 255 / (mask >> shift));
  }
}
