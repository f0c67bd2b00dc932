package dev.fovea.image;

/** Turns images as EXIF says, which is what Pillow's {@code ImageOps.exif_transpose} does. */
final class Orientation {
  private Orientation() {}

  /**
   * Turns an image.
   *
   * @param image as stored
   * @param orientation 1 to 8, tag 0x0112 of EXIF
   * @return as it is to be looked at
   */
  static Pixels upright(Pixels image, int orientation) {
    int w = image.width();
    int h = image.height();
    boolean swapped = orientation >= 5;
    // The source of the result's first pixel, and how far it moves with each column and row.
    int x =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8 ? w - 1 : 0;
    int y =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7 ? h - 1 : 0;
    int across = x == 0 ? 3 : -3;
    int down = y == 0 ? 3 * w : -3 * w;
    if (orientation == 1) {
      return image;
    }
    Pixels result = swapped ? new Pixels(h, w) : new Pixels(w, h);
    byte[] in = image.rgb();
    byte[] out = result.rgb();
    int column = swapped ? down : across;
    int row = swapped ? across : down;
    int start = 3 * (y * w + x);
    for (int i = 0, to = 0; i < result.height(); i++, start += row) {
      int from = start;
      for (int j = 0; j < result.width(); j++, from += column, to += 3) {
        out[to] = in[from];
        out[to + 1] = in[from + 1];
        out[to + 2] = in[from + 2];
      }
    }
    return result;
  }
}
