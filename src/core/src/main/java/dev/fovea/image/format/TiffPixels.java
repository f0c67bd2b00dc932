package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteOrder;

/** What the samples of a TIFF file mean, and their colours (TIFF 6.0, sections 3 to 6 and 16). */
final class TiffPixels {
  private static final int GREY = 1;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int CMYK = 5;

  private final int photometric;
  private final int bits;
  private final int samples;
  private final int high; // the higher of the two bytes of a 16-bit sample
  private final boolean premultiplied;
  private final Palette palette;

  TiffPixels(Directory tags) throws IOException {
    photometric = (int) tags.value(262, 0, 0);
    samples = (int) tags.value(277, 0, 1);
    bits = (int) tags.value(258, 0, 1);
    high = tags.order() == ByteOrder.LITTLE_ENDIAN ? 1 : 0;
    premultiplied = photometric == RGB && samples > 3 && tags.value(338, 0, 0) == 1;
    boolean equal = true;
    for (int i = 0; i < tags.count(258) && i < 16; i++) {
      equal &= tags.value(258, i) == bits;
    }
    boolean small = bits == 1 || bits == 2 || bits == 4;
    boolean whole = bits == 8 || bits == 16;
    boolean known =
        switch (photometric) {
          case 0, GREY -> (small || whole) && (samples == 1 || (samples == 2 && bits == 8));
          case RGB -> whole && samples >= 3 && samples <= 6;
          case PALETTE -> (small || bits == 8) && (samples == 1 || (samples == 2 && bits == 8));
          case CMYK -> whole && samples >= 4 && samples <= 6;
          default -> false;
        };
    if (!known || !equal || tags.value(339, 0, 1) != 1 || (premultiplied && bits != 8)) {
      throw new IOException(
          "TIFF of photometric interpretation "
              + photometric
              + " with "
              + samples
              + " samples of "
              + bits
              + " bits, sample format "
              + tags.value(339, 0, 1)
              + " is not supported");
    }
    palette = palette(tags);
  }

  private Palette palette(Directory tags) {
    if (photometric != PALETTE) {
      return bits < 16 ? Palette.grey(bits, photometric == 0) : Palette.black();
    }
    Palette colors = Palette.black();
    int count = 1 << bits;
    for (int i = 0; i < count; i++) {
      colors.set(
          i,
          (int) tags.value(320, i) >> 8,
          (int) tags.value(320, count + i) >> 8,
          (int) tags.value(320, 2 * count + i) >> 8);
    }
    return colors;
  }

  int bits() {
    return bits;
  }

  int samples() {
    return samples;
  }

  /**
   * Paints a part of a row.
   *
   * @param planes one array with all samples of each pixel, or one array for each sample
   * @param at where the row begins in each
   */
  void paint(byte[][] planes, int at, int count, byte[] rgb, int to) {
    if (photometric != RGB && photometric != CMYK) {
      paintOne(planes[0], at, planes.length == 1 ? samples : 1, count, rgb, to);
      return;
    }
    if (photometric == RGB && bits == 8 && samples == 3 && planes.length == 1) {
      System.arraycopy(planes[0], at, rgb, to, 3 * count);
      return;
    }
    int bytes = bits / 8;
    int stride = planes.length == 1 ? samples * bytes : bytes;
    int from = at + (bytes == 2 ? high : 0);
    int last = planes.length - 1;
    int next = planes.length == 1 ? bytes : 0;
    byte[] first = planes[0];
    byte[] second = planes[Math.min(1, last)];
    byte[] third = planes[Math.min(2, last)];
    byte[] fourth = planes[Math.min(3, last)];
    for (int x = 0; x < count; x++, from += stride, to += 3) {
      if (photometric == CMYK) {
        Cmyk.put(
            first[from] & 0xFF,
            second[from + next] & 0xFF,
            third[from + 2 * next] & 0xFF,
            fourth[from + 3 * next] & 0xFF,
            rgb,
            to);
      } else if (premultiplied) {
        int alpha = fourth[from + 3 * next] & 0xFF;
        rgb[to] = divided(first[from], alpha);
        rgb[to + 1] = divided(second[from + next], alpha);
        rgb[to + 2] = divided(third[from + 2 * next], alpha);
      } else {
        rgb[to] = first[from];
        rgb[to + 1] = second[from + next];
        rgb[to + 2] = third[from + 2 * next];
      }
    }
  }

  private void paintOne(byte[] row, int at, int stride, int count, byte[] rgb, int to) {
    if (bits < 16 && stride == 1) {
      palette.paint(row, at, bits, count, rgb, to, 3);
      return;
    }
    for (int x = 0; x < count; x++, to += 3) {
      if (bits == 8) {
        palette.paint(row, at + x * stride, 8, 1, rgb, to, 3);
        continue;
      }
      // 16-bit grey: Pillow clips what does not fit into 8 bits.
      int pixel = at + 2 * x;
      byte level = row[pixel + high] == 0 ? row[pixel + 1 - high] : (byte) 255;
      rgb[to] = level;
      rgb[to + 1] = level;
      rgb[to + 2] = level;
    }
  }

  /** The colour before it was multiplied by alpha. */
  private static byte divided(byte value, int alpha) {
    return (byte) (alpha == 0 ? 0 : Math.min(255, (value & 0xFF) * 255 / alpha));
  }
}
