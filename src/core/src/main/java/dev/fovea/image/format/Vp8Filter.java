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
      edges[i] = new Vp8Edges(planes[i]);
    }
    this.simple = simple;
    this.sharpness = sharpness;
  }

  /** Filters a macroblock's left and upper edge and, if asked to, its inner edges. */
  void macroblock(int column, int row, int level, boolean inner) {
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
    for (int p = 0; p < (simple ? 1 : 3); p++) {
      edges[p].limits(interior, variance);
      int size = p == 0 ? 16 : 8;
      int at = planes[p].at(column * size, row * size);
      if (column > 0) {
        upright(p, at, size, limit + 8, true);
      }
      for (int i = 4; inner && i < size; i += 4) {
        upright(p, at + i, size, limit, false);
      }
      if (row > 0) {
        level(p, at, size, limit + 8, true);
      }
      for (int i = 4; inner && i < size; i += 4) {
        level(p, at + i * planes[p].stride, size, limit, false);
      }
    }
  }

  private void upright(int p, int at, int size, int threshold, boolean outer) {
    int stride = planes[p].stride;
    if (simple) {
      simpleEdge(planes[p].samples, at, 1, stride, size, threshold);
      return;
    }
    for (int i = 0; i < size; i += 8) {
      edges[p].upright(at + i * stride, threshold, outer);
    }
  }

  private void level(int p, int at, int size, int threshold, boolean outer) {
    if (simple) {
      simpleEdge(planes[p].samples, at, planes[p].stride, 1, size, threshold);
      return;
    }
    for (int i = 0; i < size; i += 8) {
      edges[p].level(at + i, threshold, outer);
    }
  }

  private static void simpleEdge(byte[] s, int from, int d, int along, int length, int threshold) {
    for (int i = 0, q = from; i < length; i++, q += along) {
      int p1 = s[q - 2 * d] & 0xFF;
      int p0 = s[q - d] & 0xFF;
      int q0 = s[q] & 0xFF;
      int q1 = s[q + d] & 0xFF;
      if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) <= threshold) {
        int a = 3 * (q0 - p0) + signed(p1 - q1);
        s[q - d] = Vp8Plane.clip(p0 + small((a + 3) >> 3));
        s[q] = Vp8Plane.clip(q0 - small((a + 4) >> 3));
      }
    }
  }

  private static int signed(int value) {
    return Math.max(-128, Math.min(127, value));
  }

  private static int small(int value) {
    return Math.max(-16, Math.min(15, value));
  }
}
