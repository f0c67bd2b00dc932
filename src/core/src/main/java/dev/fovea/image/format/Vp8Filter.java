package dev.fovea.image.format;

/** Smooths the edges of blocks (RFC 6386, section 15). */
final class Vp8Filter {
  private final Vp8Plane[] planes;
  private final boolean simple;
  private final int sharpness;

  private int interior;
  private int variance;

  Vp8Filter(Vp8Plane[] planes, boolean simple, int sharpness) {
    this.planes = planes;
    this.simple = simple;
    this.sharpness = sharpness;
  }

  /** Filters a macroblock's left and upper edge and, if asked to, its inner edges. */
  void macroblock(int column, int row, int level, boolean inner) {
    if (level == 0) {
      return;
    }
    interior = level;
    if (sharpness > 0) {
      interior = Math.min(level >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
    }
    interior = Math.max(1, interior);
    variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
    int limit = 2 * level + interior;
    for (int p = 0; p < (simple ? 1 : 3); p++) {
      Vp8Plane on = planes[p];
      int size = p == 0 ? 16 : 8;
      int x = column * size;
      int y = row * size;
      if (column > 0) {
        filter(on, on.at(x, y), 1, on.stride, size, limit + 4, true);
      }
      for (int i = 4; inner && i < size; i += 4) {
        filter(on, on.at(x + i, y), 1, on.stride, size, limit, false);
      }
      if (row > 0) {
        filter(on, on.at(x, y), on.stride, 1, size, limit + 4, true);
      }
      for (int i = 4; inner && i < size; i += 4) {
        filter(on, on.at(x, y + i), on.stride, 1, size, limit, false);
      }
    }
  }

  private void filter(Vp8Plane on, int at, int d, int along, int length, int limit, boolean outer) {
    if (simple) {
      simpleEdge(on.samples, at, d, along, length, limit);
    } else {
      edge(on.samples, at, d, along, length, limit, outer);
    }
  }

  /** Filters across an edge: {@code d} steps over it, {@code along} along it. */
  private void edge(byte[] s, int from, int d, int along, int length, int limit, boolean outer) {
    int threshold = 2 * limit + 1;
    int q = from;
    if (d == 1) {
      // With a constant, the JIT checks the array's bounds once instead of eight times.
      for (int i = 0; i < length; i++, q += along) {
        across(s, q, 1, threshold, outer);
      }
    } else {
      for (int i = 0; i < length; i++, q += along) {
        across(s, q, d, threshold, outer);
      }
    }
  }

  private void across(byte[] s, int q, int d, int threshold, boolean outer) {
    int p3 = s[q - 4 * d] & 0xFF;
    int p2 = s[q - 3 * d] & 0xFF;
    int p1 = s[q - 2 * d] & 0xFF;
    int p0 = s[q - d] & 0xFF;
    int q0 = s[q] & 0xFF;
    int q1 = s[q + d] & 0xFF;
    int q2 = s[q + 2 * d] & 0xFF;
    int q3 = s[q + 3 * d] & 0xFF;
    int near = Math.max(Math.abs(p1 - p0), Math.abs(q1 - q0));
    int far = Math.max(Math.abs(p2 - p1), Math.abs(q2 - q1));
    int farther = Math.max(Math.abs(p3 - p2), Math.abs(q3 - q2));
    int step = 4 * Math.abs(p0 - q0) + Math.abs(p1 - q1);
    // One branch for both conditions: neither can be foreseen.
    if (((threshold - step) | (interior - Math.max(near, Math.max(far, farther)))) < 0) {
      return;
    }
    int varies = (variance - near) >> 31;
    if (outer && varies == 0) {
      six(s, q, d);
    } else {
      int a = 3 * (q0 - p0) + (signed(p1 - q1) & varies);
      int up = small((a + 4) >> 3);
      int half = ((up + 1) >> 1) & ~varies;
      s[q - 2 * d] = Vp8Plane.clip(p1 + half);
      s[q - d] = Vp8Plane.clip(p0 + small((a + 3) >> 3));
      s[q] = Vp8Plane.clip(q0 - up);
      s[q + d] = Vp8Plane.clip(q1 - half);
    }
  }

  private static void six(byte[] s, int q, int d) {
    int p1 = s[q - 2 * d] & 0xFF;
    int p0 = s[q - d] & 0xFF;
    int q0 = s[q] & 0xFF;
    int q1 = s[q + d] & 0xFF;
    int a = signed(3 * (q0 - p0) + signed(p1 - q1));
    int change = (9 * a + 63) >> 7;
    s[q - 3 * d] = Vp8Plane.clip((s[q - 3 * d] & 0xFF) + change);
    s[q + 2 * d] = Vp8Plane.clip((s[q + 2 * d] & 0xFF) - change);
    change = (18 * a + 63) >> 7;
    s[q - 2 * d] = Vp8Plane.clip(p1 + change);
    s[q + d] = Vp8Plane.clip(q1 - change);
    change = (27 * a + 63) >> 7;
    s[q - d] = Vp8Plane.clip(p0 + change);
    s[q] = Vp8Plane.clip(q0 - change);
  }

  private static void simpleEdge(byte[] s, int from, int d, int along, int length, int limit) {
    for (int i = 0, q = from; i < length; i++, q += along) {
      int p1 = s[q - 2 * d] & 0xFF;
      int p0 = s[q - d] & 0xFF;
      int q0 = s[q] & 0xFF;
      int q1 = s[q + d] & 0xFF;
      if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) <= 2 * limit + 1) {
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
