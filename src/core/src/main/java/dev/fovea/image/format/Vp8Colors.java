package dev.fovea.image.format;

/** Enlarges the chroma as libwebp does ("fancy upsampling"), and makes colours of it. */
final class Vp8Colors {
  private final Vp8Plane luma;
  private final Vp8Plane u;
  private final Vp8Plane v;
  private final int width;
  private final int height;

  Vp8Colors(Vp8Plane[] planes, int width, int height) {
    luma = planes[0];
    u = planes[1];
    v = planes[2];
    this.width = width;
    this.height = height;
  }

  void paint(byte[] rgb) {
    int lastRow = (height + 1) / 2 - 1;
    int lastColumn = (width + 1) / 2 - 1;
    for (int y = 0, to = 0; y < height; y++) {
      // The nearer row of chroma and the next nearest: above for even rows, below for odd ones.
      int near = y / 2;
      int far = Math.max(0, Math.min(lastRow, y % 2 == 0 ? near - 1 : near + 1));
      for (int x = 0; x < width; x++, to += 3) {
        int column = x / 2;
        int beside = Math.max(0, Math.min(lastColumn, x % 2 == 0 ? column - 1 : column + 1));
        boolean edge = beside == column;
        put(
            luma.get(luma.at(x, y)),
            mixed(u, column, beside, near, far, edge),
            mixed(v, column, beside, near, far, edge),
            rgb,
            to);
      }
    }
  }

  /** 9, 3, 3 and 1 sixteenths of the four nearest, in libwebp's order of rounding. */
  private static int mixed(Vp8Plane p, int column, int beside, int near, int far, boolean edge) {
    int a = p.get(p.at(column, near));
    int c = p.get(p.at(column, far));
    if (edge) {
      return (3 * a + c + 2) >> 2;
    }
    int b = p.get(p.at(beside, near));
    int d = p.get(p.at(beside, far));
    int diagonal = (a + b + c + d + 8 + 2 * (b + c)) >> 3;
    return (diagonal + a) >> 1;
  }

  private static void put(int y, int u, int v, byte[] rgb, int to) {
    int light = (y * 19077) >> 8;
    rgb[to] = clip(light + ((v * 26149) >> 8) - 14234);
    rgb[to + 1] = clip(light - ((u * 6419) >> 8) - ((v * 13320) >> 8) + 8708);
    rgb[to + 2] = clip(light + ((u * 33050) >> 8) - 17685);
  }

  private static byte clip(int value) {
    return Vp8Plane.clip(value >> 6);
  }
}
