package dev.fovea.image.format;

/** Enlarges the chroma as libwebp does ("fancy upsampling"), and makes colours of it. */
final class Vp8Colors {
  private final Vp8Plane[] planes;
  private final int width;
  private final int height;

  /** Columns of chroma. */
  private final int columns;

  /** Luma and enlarged chroma of even and odd columns, then colours. */
  private final int[][][] parts;

  private final int[][] work;

  /** For each plane of chroma a row of an even and one of an odd number, and their numbers. */
  private final int[][] rows;

  private final int[] numbers = {-1, -1, -1, -1};

  private int firstRow;

  Vp8Colors(Vp8Plane[] planes, int width, int height) {
    this.planes = planes;
    this.width = width;
    this.height = height;
    columns = (width + 1) / 2;
    int fours = (columns + 3) / 4;
    parts = new int[4][2][4 * fours];
    work = new int[2][4 * fours];
    rows = new int[4][4 * fours];
  }

  /**
   * Paints rows of the picture.
   *
   * @param first the row of the picture that comes first in the planes
   */
  void paint(int from, int to, int first, byte[] rgb) {
    firstRow = first;
    int lastRow = (height + 1) / 2 - 1;
    for (int y = from; y < to; y++) {
      luma(planes[0], y - first);
      // The nearer row of chroma and the next nearest: above for even rows, below for odd ones.
      int near = y / 2;
      int far = Math.max(0, Math.min(lastRow, y % 2 == 0 ? near - 1 : near + 1));
      enlarge(1, near, far, parts[1]);
      enlarge(2, near, far, parts[2]);
      for (int p = 0; p < 2; p++) {
        red(parts[0][p], parts[2][p], parts[3][p]);
        green(parts[0][p], parts[1][p], parts[2][p], parts[3][p]);
        blue(parts[0][p], parts[1][p], parts[3][p]);
      }
      ColorRow.write(parts[3][0], parts[3][1], width, rgb, 3 * y * width);
    }
  }

  private void luma(Vp8Plane plane, int y) {
    long[] samples = plane.samples;
    int[] even = parts[0][0];
    int[] odd = parts[0][1];
    int from = plane.at(0, y);
    int fours = even.length / 2;
    for (int i = 0; i < fours; i++) {
      // Products are of 24 bits, so that two at once have room in a long.
      long four = samples[from + i];
      long two = ((four & FourBytes.PAIRS) * 19077) >>> 8;
      even[2 * i] = (int) two & 0xFFFFFF;
      even[2 * i + 1] = (int) (two >>> 32);
      two = (((four >>> 16) & FourBytes.PAIRS) * 19077) >>> 8;
      odd[2 * i] = (int) two & 0xFFFFFF;
      odd[2 * i + 1] = (int) (two >>> 32);
    }
  }

  /** 9, 3, 3 and 1 sixteenths of the four nearest, in libwebp's order of rounding. */
  private void enlarge(int plane, int near, int far, int[][] out) {
    int[] a = row(plane, near);
    int[] c = row(plane, far);
    int[] b = work[0];
    int[] d = work[1];
    int last = columns - 1;
    shift(a, 0, b, 1);
    shift(c, 0, d, 1);
    mix(a, b, c, d, out[0]);
    out[0][0] = (3 * a[0] + c[0] + 2) >> 2;
    shift(a, 1, b, 0);
    shift(c, 1, d, 0);
    mix(a, b, c, d, out[1]);
    out[1][last] = (3 * a[last] + c[last] + 2) >> 2;
  }

  private int[] row(int plane, int y) {
    int place = 2 * plane - 2 + y % 2;
    int[] row = rows[place];
    if (numbers[place] != y) {
      numbers[place] = y;
      long[] samples = planes[plane].samples;
      int from = planes[plane].at(0, y - firstRow / 2);
      int fours = row.length / 4;
      for (int i = 0; i < fours; i++) {
        long four = samples[from + i];
        row[4 * i] = (int) four & 0xFFFF;
        row[4 * i + 1] = (int) four >>> 16;
        row[4 * i + 2] = (int) (four >>> 32) & 0xFFFF;
        row[4 * i + 3] = (int) (four >>> 48);
      }
    }
    return row;
  }

  private static void shift(int[] in, int from, int[] out, int to) {
    System.arraycopy(in, from, out, to, in.length - 1);
  }

  private static void mix(int[] a, int[] b, int[] c, int[] d, int[] out) {
    for (int i = 0; i < out.length; i++) {
      out[i] = (((a[i] + 3 * b[i] + 3 * c[i] + d[i] + 8) >> 3) + a[i]) >> 1;
    }
  }

  private static void red(int[] light, int[] v, int[] out) {
    for (int i = 0; i < out.length; i++) {
      out[i] = ColorRow.clip((light[i] + ((v[i] * 26149) >> 8) - 14234) >> 6);
    }
  }

  private static void green(int[] light, int[] u, int[] v, int[] out) {
    for (int i = 0; i < out.length; i++) {
      int change = ((u[i] * 6419) >> 8) + ((v[i] * 13320) >> 8) - 8708;
      out[i] |= ColorRow.clip((light[i] - change) >> 6) << 8;
    }
  }

  private static void blue(int[] light, int[] u, int[] out) {
    for (int i = 0; i < out.length; i++) {
      out[i] |= ColorRow.clip((light[i] + ((u[i] * 33050) >> 8) - 17685) >> 6) << 16;
    }
  }
}
