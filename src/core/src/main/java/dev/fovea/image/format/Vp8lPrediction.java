package dev.fovea.image.format;

/** Adds predictions to pixels of a lossless WebP (RFC 9649, section 4.1), block by block. */
final class Vp8lPrediction {
  private static final int BLACK = 0xFF000000;

  private Vp8lPrediction() {}

  /**
   * Undoes the transform.
   *
   * @param p differences; pixels afterwards
   * @param data the mode of each block
   * @param bits of the side of a block
   */
  static void undo(int[] p, int width, int height, int[] data, int bits) {
    int across = Vp8lPicture.blocks(width, bits);
    p[0] = sum(p[0], BLACK);
    byLeft(p, 1, width);
    for (int y = 1; y < height; y++) {
      int row = y * width;
      p[row] = sum(p[row], p[row - width]);
      for (int block = 0; block < across; block++) {
        int from = row + Math.max(1, block << bits);
        int to = row + Math.min(width, (block + 1) << bits);
        add(p, from, to, width, (data[(y >> bits) * across + block] >> 8) & 15);
      }
    }
  }

  /** The pixel to the upper right of the last one is the first of its own row. */
  private static void add(int[] p, int from, int to, int width, int mode) {
    switch (mode) {
      case 1 -> byLeft(p, from, to);
      case 2 -> byOther(p, from, to, width);
      case 3 -> byOther(p, from, to, width - 1);
      case 4 -> byOther(p, from, to, width + 1);
      case 5 -> byThree(p, from, to, width);
      case 6 -> byLeftAnd(p, from, to, width + 1);
      case 7 -> byLeftAnd(p, from, to, width);
      case 8 -> byTwo(p, from, to, width + 1, width);
      case 9 -> byTwo(p, from, to, width, width - 1);
      case 10 -> byFour(p, from, to, width);
      case 11 -> byNearest(p, from, to, width);
      case 12 -> bySlope(p, from, to, width);
      case 13 -> byHalfSlope(p, from, to, width);
      default -> {
        for (int i = from; i < to; i++) {
          p[i] = sum(p[i], BLACK);
        }
      }
    }
  }

  private static void byLeft(int[] p, int from, int to) {
    int left = p[from - 1];
    for (int i = from; i < to; i++) {
      left = sum(p[i], left);
      p[i] = left;
    }
  }

  private static void byOther(int[] p, int from, int to, int back) {
    for (int i = from; i < to; i++) {
      p[i] = sum(p[i], p[i - back]);
    }
  }

  private static void byTwo(int[] p, int from, int to, int back, int other) {
    for (int i = from; i < to; i++) {
      p[i] = sum(p[i], mean(p[i - back], p[i - other]));
    }
  }

  private static void byLeftAnd(int[] p, int from, int to, int back) {
    int left = p[from - 1];
    for (int i = from; i < to; i++) {
      left = sum(p[i], mean(left, p[i - back]));
      p[i] = left;
    }
  }

  private static void byThree(int[] p, int from, int to, int width) {
    int left = p[from - 1];
    for (int i = from; i < to; i++) {
      left = sum(p[i], mean(mean(left, p[i - width + 1]), p[i - width]));
      p[i] = left;
    }
  }

  private static void byFour(int[] p, int from, int to, int width) {
    int left = p[from - 1];
    for (int i = from; i < to; i++) {
      int above = mean(p[i - width], p[i - width + 1]);
      left = sum(p[i], mean(mean(left, p[i - width - 1]), above));
      p[i] = left;
    }
  }

  private static void byNearest(int[] p, int from, int to, int width) {
    int left = p[from - 1];
    for (int i = from; i < to; i++) {
      int top = p[i - width];
      int corner = p[i - width - 1];
      left = sum(p[i], distance(top, corner) < distance(left, corner) ? left : top);
      p[i] = left;
    }
  }

  /** {@code left + top - corner} of each channel, clipped. */
  private static void bySlope(int[] p, int from, int to, int width) {
    long left = FourBytes.apart(p[from - 1]);
    for (int i = from; i < to; i++) {
      long step = FourBytes.apart(p[i - width]) - FourBytes.apart(p[i - width - 1]);
      left = (FourBytes.clip(left + step) + FourBytes.apart(p[i])) & FourBytes.BYTES;
      p[i] = FourBytes.together(left);
    }
  }

  /** {@code mean + (mean - corner) / 2} of each channel, clipped, of the mean of left and top. */
  private static void byHalfSlope(int[] p, int from, int to, int width) {
    long left = FourBytes.apart(p[from - 1]);
    for (int i = from; i < to; i++) {
      long mean = (left + FourBytes.apart(p[i - width])) >>> 1 & FourBytes.BYTES;
      // Halves go towards zero: of negative numbers, here below 0x100, they are rounded up.
      long step = mean - FourBytes.apart(p[i - width - 1]) + 0x100 * FourBytes.ONE;
      step += ~step >>> 8 & FourBytes.ONE;
      long half = (step >>> 1 & 0x1FF * FourBytes.ONE) - 0x80 * FourBytes.ONE;
      left = (FourBytes.clip(mean + half) + FourBytes.apart(p[i])) & FourBytes.BYTES;
      p[i] = FourBytes.together(left);
    }
  }

  /** The sum of each channel, modulo 256. */
  static int sum(int a, int b) {
    int outer = (a & 0xFF00FF00) + (b & 0xFF00FF00);
    int inner = (a & 0x00FF00FF) + (b & 0x00FF00FF);
    return (outer & 0xFF00FF00) | (inner & 0x00FF00FF);
  }

  private static int mean(int a, int b) {
    return (((a ^ b) & 0xFEFEFEFE) >>> 1) + (a & b);
  }

  private static int distance(int a, int b) {
    return Math.abs((a >>> 24) - (b >>> 24))
        + Math.abs(((a >> 16) & 0xFF) - ((b >> 16) & 0xFF))
        + Math.abs(((a >> 8) & 0xFF) - ((b >> 8) & 0xFF))
        + Math.abs((a & 0xFF) - (b & 0xFF));
  }
}
