package dev.fovea.image.format;

import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** JPEG's components to colours, with the fixed point of libjpeg ({@code jdcolor.c}). */
final class JpegColors {
  private static final int RED_CR = fixed(1.40200);
  private static final int GREEN_CB = fixed(0.34414);
  private static final int GREEN_CR = fixed(0.71414);
  private static final int BLUE_CB = fixed(1.77200);
  private static final int HALF = 1 << 15;

  /** What a value of Cr or Cb adds to a colour; that of green has 16 bits of fraction. */
  private static final int[] RED = table(cr -> (RED_CR * cr + HALF) >> 16);

  private static final int[] BLUE = table(cb -> (BLUE_CB * cb + HALF) >> 16);
  private static final int[] GREEN_BLUE = table(cb -> -GREEN_CB * cb + HALF);
  private static final int[] GREEN_RED = table(cr -> -GREEN_CR * cr);

  /** Values from -256 to 511, clipped. */
  private static final byte[] CLIP = new byte[768];

  static {
    for (int i = 0; i < CLIP.length; i++) {
      CLIP[i] = (byte) clip(i - 256);
    }
  }

  private JpegColors() {}

  static void grey(byte[] data, byte[] rgb) {
    for (int i = 0, to = 0; i < data.length; i++, to += 3) {
      rgb[to] = data[i];
      rgb[to + 1] = data[i];
      rgb[to + 2] = data[i];
    }
  }

  /** Replaces each pixel's Y, Cb, Cr by its red, green, blue. */
  static void ycc(byte[] data) {
    int[] red = RED;
    int[] blue = BLUE;
    int[] greenBlue = GREEN_BLUE;
    int[] greenRed = GREEN_RED;
    byte[] clip = CLIP;
    for (int i = 0; i < data.length - 2; i += 3) {
      int y = (data[i] & 0xFF) + 256;
      int cb = data[i + 1] & 0xFF;
      int cr = data[i + 2] & 0xFF;
      data[i] = clip[y + red[cr]];
      data[i + 1] = clip[y + ((greenBlue[cb] + greenRed[cr]) >> 16)];
      data[i + 2] = clip[y + blue[cb]];
    }
  }

  /** CMYK or YCCK, of which all software writes the complement, as Adobe's did. */
  static void inverted(byte[] data, boolean ycck, byte[] rgb) {
    for (int i = 0, to = 0; to < rgb.length; i += 4, to += 3) {
      int c = 255 - (data[i] & 0xFF);
      int m = 255 - (data[i + 1] & 0xFF);
      int y = 255 - (data[i + 2] & 0xFF);
      if (ycck) {
        int luma = data[i] & 0xFF;
        int cb = (data[i + 1] & 0xFF) - 128;
        int cr = (data[i + 2] & 0xFF) - 128;
        // The colours of YCbCr are the complement of the ink, and the ink is stored inverted.
        c = red(luma, cr);
        m = green(luma, cb, cr);
        y = blue(luma, cb);
      }
      Cmyk.put(c, m, y, 255 - (data[i + 3] & 0xFF), rgb, to);
    }
  }

  private static int[] table(IntUnaryOperator entry) {
    return IntStream.range(-128, 128).map(entry).toArray();
  }

  private static int red(int y, int cr) {
    return clip(y + ((RED_CR * cr + HALF) >> 16));
  }

  private static int green(int y, int cb, int cr) {
    return clip(y + ((-GREEN_CB * cb - GREEN_CR * cr + HALF) >> 16));
  }

  private static int blue(int y, int cb) {
    return clip(y + ((BLUE_CB * cb + HALF) >> 16));
  }

  private static int clip(int value) {
    return Math.max(0, Math.min(255, value));
  }

  private static int fixed(double factor) {
    return (int) (factor * (1 << 16) + 0.5);
  }
}
