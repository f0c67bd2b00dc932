package dev.fovea.image.format;

import java.io.IOException;

/**
 * Takes the rows of macroblocks that were decoded, smooths their edges, and paints all that the
 * rows after them cannot change.
 */
final class Vp8Output {
  /** Rows of a macroblock that the next one changes, or of which chroma is mixed with its. */
  private static final int OPEN = 8;

  private final int height;
  private final int columns;
  private final int rows;

  /** The row of macroblocks before the newest, and the newest. */
  private final Vp8Plane[] planes = new Vp8Plane[3];

  private final Vp8Filter filter;
  private final Vp8Colors colors;
  private final byte[] rgb;
  private int painted;

  Vp8Output(Vp8Header header, int width, int height) throws IOException {
    this.height = height;
    columns = (width + 15) / 16;
    rows = (height + 15) / 16;
    rgb = Limits.rgb(width, height);
    for (int p = 0; p < 3; p++) {
      int size = p == 0 ? 16 : 8;
      planes[p] = new Vp8Plane(size * columns, 2 * size);
    }
    filter = new Vp8Filter(planes, header.simpleFilter, header.sharpness);
    colors = new Vp8Colors(planes, width, height);
  }

  /**
   * Takes the next row.
   *
   * @param levels the filter's for each macroblock; negative: without its inner edges
   */
  void add(Vp8Plane[] decoded, byte[] levels, int row) {
    for (int p = 0; p < 3; p++) {
      Vp8Plane plane = planes[p];
      int size = p == 0 ? 16 : 8;
      int newest = plane.at(-1, size);
      int length = size * plane.stride;
      int open = size / 2 - 1; // a row of chroma more, to mix with the next
      int kept = plane.at(-1, open);
      System.arraycopy(plane.samples, kept + length, plane.samples, kept, newest - kept);
      System.arraycopy(decoded[p].samples, plane.at(-1, 0), plane.samples, newest, length);
    }
    for (int column = 0; column < columns; column++) {
      filter.macroblock(column, row > 0, Math.abs(levels[column]), levels[column] > 0);
    }
    int ready = row == rows - 1 ? height : 16 * (row + 1) - OPEN;
    colors.paint(painted, ready, 16 * (row - 1), rgb);
    painted = ready;
  }

  /** The colours of the picture. */
  byte[] colors() {
    return rgb;
  }
}
