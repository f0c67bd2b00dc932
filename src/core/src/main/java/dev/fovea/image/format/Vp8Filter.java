package dev.fovea.image.format;

/** Smooths the edges of blocks (RFC 6386, section 15). */
final class Vp8Filter {
  private final Vp8Plane[] planes;
  private final Vp8Edges[] edges = new Vp8Edges[3];
  private final boolean simple;
  private final int sharpness;

  Vp8Filter(Vp8Plane[] planes, boolean simple, int sharpness) {
    this.planes = planes;
    for (int i = 0; i < 3; i++) {
      edges[i] = new Vp8Edges(planes[i], simple);
    }
    this.simple = simple;
    this.sharpness = sharpness;
  }

  /**
   * Filters a macroblock of the second row of the planes.
   *
   * @param above whether there is one above it
   * @param inner whether its inner edges are filtered, too
   */
  void macroblock(int column, boolean above, int level, boolean inner) {
    if (level == 0) {
      return;
    }
    int interior = level;
    if (sharpness > 0) {
      interior = Math.min(level >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
    }
    interior = Math.max(1, interior);
    int variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
    int limit = 2 * (2 * level + interior) + 1;
    boolean before = column > 0;
    for (int p = 0; p < (simple ? 1 : 3); p++) {
      edges[p].limits(interior, variance, limit + 8, limit);
      int fours = p == 0 ? 4 : 2;
      int at = planes[p].at(column * fours, 4 * fours);
      for (int i = 0; i < fours && (before || inner); i++) {
        edges[p].upright(at + 4 * i * planes[p].stride, fours, before, inner);
      }
      for (int i = 0; i < fours; i++) {
        edges[p].level(at + i, fours, above, inner);
      }
    }
  }
}
