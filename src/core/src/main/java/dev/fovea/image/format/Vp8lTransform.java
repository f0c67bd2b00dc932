package dev.fovea.image.format;

/**
 * Undoes a transform of the lossless WebP (RFC 9649, section 3.5). Pixels are {@code 0xAARRGGBB}.
 */
final class Vp8lTransform {
  static final int PREDICT = 0;
  static final int CROSS_COLOR = 1;
  static final int SUBTRACT_GREEN = 2;
  static final int PALETTE = 3;

  private static final int BLACK = 0xFF000000;

  private final int kind;
  private final int width;
  private final int bits;
  private final int[] data;

  /**
   * Describes a transform.
   *
   * @param kind one of the constants
   * @param width columns of the image that comes out
   * @param bits of the side of a block, or of how many pixels share one
   * @param data an image of blocks, or the palette
   */
  Vp8lTransform(int kind, int width, int bits, int[] data) {
    this.kind = kind;
    this.width = width;
    this.bits = bits;
    this.data = data;
  }

  /** Columns of the image that goes in. */
  int packedWidth() {
    return kind == PALETTE ? Vp8lPicture.blocks(width, bits) : width;
  }

  int[] undo(int[] pixels, int height) {
    switch (kind) {
      case PREDICT -> predict(pixels, height);
      case CROSS_COLOR -> crossColor(pixels);
      case SUBTRACT_GREEN -> {
        for (int i = 0; i < pixels.length; i++) {
          int green = (pixels[i] >> 8) & 0xFF;
          pixels[i] = sum(pixels[i], green << 16 | green);
        }
      }
      default -> {
        return palette(pixels, height);
      }
    }
    return pixels;
  }

  /** The sum of each channel, modulo 256. */
  static int sum(int a, int b) {
    int outer = (a & 0xFF00FF00) + (b & 0xFF00FF00);
    int inner = (a & 0x00FF00FF) + (b & 0x00FF00FF);
    return (outer & 0xFF00FF00) | (inner & 0x00FF00FF);
  }

  private int[] palette(int[] packed, int height) {
    int[] pixels = new int[Math.multiplyExact(width, height)];
    int columns = packedWidth();
    int depth = 8 >> bits;
    for (int i = 0; i < pixels.length; i++) {
      int x = i % width;
      int green = (packed[i / width * columns + (x >> bits)] >> 8) & 0xFF;
      int index = (green >> ((x & ((1 << bits) - 1)) * depth)) & ((1 << depth) - 1);
      pixels[i] = index < data.length ? data[index] : 0;
    }
    return pixels;
  }

  private void crossColor(int[] pixels) {
    int across = Vp8lPicture.blocks(width, bits);
    for (int i = 0; i < pixels.length; i++) {
      int factors = data[((i / width) >> bits) * across + ((i % width) >> bits)];
      int pixel = pixels[i];
      int green = (byte) (pixel >> 8);
      int red = (pixel >> 16) + (((byte) factors * green) >> 5);
      int blue =
          pixel
              + (((byte) (factors >> 8) * green) >> 5)
              + (((byte) (factors >> 16) * (byte) red) >> 5);
      pixels[i] = (pixel & 0xFF00FF00) | (red & 0xFF) << 16 | (blue & 0xFF);
    }
  }

  private void predict(int[] pixels, int height) {
    int across = Vp8lPicture.blocks(width, bits);
    for (int y = 0, at = 0; y < height; y++) {
      for (int x = 0; x < width; x++, at++) {
        int prediction;
        if (y == 0) {
          prediction = x == 0 ? BLACK : pixels[at - 1];
        } else if (x == 0) {
          prediction = pixels[at - width];
        } else {
          int mode = (data[(y >> bits) * across + (x >> bits)] >> 8) & 15;
          // The pixel to the upper right of the last one is the first of its own row.
          prediction =
              predicted(
                  mode,
                  pixels[at - 1],
                  pixels[at - width],
                  pixels[at - width + 1],
                  pixels[at - width - 1]);
        }
        pixels[at] = sum(pixels[at], prediction);
      }
    }
  }

  private static int predicted(int mode, int left, int top, int topRight, int topLeft) {
    return switch (mode) {
      case 1 -> left;
      case 2 -> top;
      case 3 -> topRight;
      case 4 -> topLeft;
      case 5 -> mean(mean(left, topRight), top);
      case 6 -> mean(left, topLeft);
      case 7 -> mean(left, top);
      case 8 -> mean(topLeft, top);
      case 9 -> mean(top, topRight);
      case 10 -> mean(mean(left, topLeft), mean(top, topRight));
      case 11 -> distance(top, topLeft) < distance(left, topLeft) ? left : top;
      case 12 -> extrapolated(left, top, topLeft, false);
      case 13 -> extrapolated(mean(left, top), mean(left, top), topLeft, true);
      default -> BLACK;
    };
  }

  private static int mean(int a, int b) {
    return (((a ^ b) & 0xFEFEFEFE) >>> 1) + (a & b);
  }

  private static int distance(int a, int b) {
    int sum = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      sum += Math.abs(((a >> shift) & 0xFF) - ((b >> shift) & 0xFF));
    }
    return sum;
  }

  /** {@code a + b - c}, or {@code a + (b - c) / 2}, of each channel, clipped. */
  private static int extrapolated(int a, int b, int c, boolean half) {
    int result = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int change = ((b >> shift) & 0xFF) - ((c >> shift) & 0xFF);
      int value = ((a >> shift) & 0xFF) + (half ? change / 2 : change);
      result |= Math.max(0, Math.min(255, value)) << shift;
    }
    return result;
  }
}
