package dev.fovea.image.format;

/** JPEG's components to colours, with the fixed point of libjpeg ({@code jdcolor.c}). */
enum JpegColors {
  /** One component. */
  GREY,
  /** Red, green, blue. */
  STORED,
  /** Y, Cb, Cr. */
  YCC,
  /** Ink, of which all software writes the complement, as Adobe's did. */
  CMYK,
  /** The complement of ink, as Y, Cb, Cr and black. */
  YCCK;

  private static final int RED_CR = fixed(1.40200);
  private static final int GREEN_CB = fixed(0.34414);
  private static final int GREEN_CR = fixed(0.71414);
  private static final int BLUE_CB = fixed(1.77200);
  private static final int HALF = 1 << 15;

  /**
   * Paints a row.
   *
   * @param in the row of each component
   * @param work as many values as there are samples in a row
   * @param width columns to paint
   * @param to where the row begins
   */
  void paint(JpegUpsampling[] in, int[][] work, int width, byte[] rgb, int to) {
    for (int p = 0; p < work.length; p++) {
      int[] row = work[p];
      int[] a = in[0].parts[p];
      if (this == GREY) {
        grey(a, row);
      } else if (this == YCC || this == YCCK) {
        mix(a, in[1].parts[p], in[2].parts[p], row);
      } else {
        stored(a, in[1].parts[p], in[2].parts[p], row);
      }
      if (this == CMYK || this == YCCK) {
        ink(row, in[3].parts[p]);
      }
    }
    if (work.length == 1) {
      ColorRow.write(work[0], width, rgb, to);
    } else {
      ColorRow.write(work[0], work[1], width, rgb, to);
    }
  }

  private static void grey(int[] a, int[] row) {
    for (int i = 0; i < row.length; i++) {
      row[i] = a[i] * 0x10101;
    }
  }

  private static void stored(int[] a, int[] b, int[] c, int[] row) {
    for (int i = 0; i < row.length; i++) {
      row[i] = a[i] | b[i] << 8 | c[i] << 16;
    }
  }

  /** Makes colours of Y, Cb and Cr. */
  static void mix(int[] luma, int[] cb, int[] cr, int[] row) {
    red(luma, cr, row);
    green(luma, cb, cr, row);
    blue(luma, cb, row);
  }

  // A loop for each colour: one for all is too long for the JIT to make vector instructions of it.

  private static void red(int[] luma, int[] cr, int[] row) {
    for (int i = 0; i < row.length; i++) {
      row[i] = ColorRow.clip(luma[i] + ((RED_CR * (cr[i] - 128) + HALF) >> 16));
    }
  }

  private static void green(int[] luma, int[] cb, int[] cr, int[] row) {
    for (int i = 0; i < row.length; i++) {
      int change = GREEN_CB * (cb[i] - 128) + GREEN_CR * (cr[i] - 128);
      row[i] |= ColorRow.clip(luma[i] + ((HALF - change) >> 16)) << 8;
    }
  }

  private static void blue(int[] luma, int[] cb, int[] row) {
    for (int i = 0; i < row.length; i++) {
      row[i] |= ColorRow.clip(luma[i] + ((BLUE_CB * (cb[i] - 128) + HALF) >> 16)) << 16;
    }
  }

  private void ink(int[] row, int[] black) {
    int turn = this == YCCK ? 0 : 0xFFFFFF;
    for (int i = 0; i < row.length; i++) {
      int ink = row[i] ^ turn;
      row[i] = Cmyk.color(ink & 0xFF, (ink >> 8) & 0xFF, ink >> 16, 255 - black[i]);
    }
  }

  private static int fixed(double factor) {
    return (int) (factor * (1 << 16) + 0.5);
  }
}
