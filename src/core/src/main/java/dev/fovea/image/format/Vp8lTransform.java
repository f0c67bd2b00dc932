package dev.fovea.image.format;

/**
 * Undoes a transform of the lossless WebP (RFC 9649, section 3.5). Pixels are {@code 0xAARRGGBB}.
 */
final class Vp8lTransform {
  static final int PREDICT = 0;
  static final int CROSS_COLOR = 1;
  static final int SUBTRACT_GREEN = 2;
  static final int PALETTE = 3;

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
      case PREDICT -> Vp8lPrediction.undo(pixels, width, height, data, bits);
      case CROSS_COLOR -> crossColor(pixels, height);
      case SUBTRACT_GREEN -> addGreen(pixels);
      default -> {
        return palette(pixels, height);
      }
    }
    return pixels;
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

  private static void addGreen(int[] pixels) {
    for (int i = 0; i < pixels.length; i++) {
      int green = (pixels[i] >> 8) & 0xFF;
      int others = (pixels[i] & 0x00FF00FF) + (green << 16 | green);
      pixels[i] = (pixels[i] & 0xFF00FF00) | (others & 0x00FF00FF);
    }
  }

  private void crossColor(int[] pixels, int height) {
    int across = Vp8lPicture.blocks(width, bits);
    for (int y = 0; y < height; y++) {
      for (int block = 0; block < across; block++) {
        int factors = data[(y >> bits) * across + block];
        int from = y * width + (block << bits);
        int to = y * width + Math.min(width, (block + 1) << bits);
        addColors(pixels, from, to, (byte) factors, (byte) (factors >> 8), (byte) (factors >> 16));
      }
    }
  }

  private static void addColors(
      int[] pixels, int from, int to, int greenToRed, int greenToBlue, int redToBlue) {
    for (int i = from; i < to; i++) {
      int pixel = pixels[i];
      int green = (byte) (pixel >> 8);
      int red = (pixel >> 16) + ((greenToRed * green) >> 5);
      int blue = pixel + ((greenToBlue * green) >> 5) + ((redToBlue * (byte) red) >> 5);
      pixels[i] = (pixel & 0xFF00FF00) | (red & 0xFF) << 16 | (blue & 0xFF);
    }
  }
}
