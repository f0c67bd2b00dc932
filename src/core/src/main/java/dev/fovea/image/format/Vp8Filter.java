package dev.fovea.image.format;

/** Smooths the edges of blocks (RFC 6386, section 15). */
final class Vp8Filter {
  private final Vp8Plane[] planes;
  private final boolean simple;
  private final int sharpness;

  private byte[] s = {};
  private int threshold;
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
      Vp8Plane plane = planes[p];
      int size = p == 0 ? 16 : 8;
      int x = column * size;
      int y = row * size;
      s = plane.samples;
      if (column > 0) {
        edge(plane.at(x, y), 1, plane.stride, size, limit + 4, true);
      }
      for (int i = 4; inner && i < size; i += 4) {
        edge(plane.at(x + i, y), 1, plane.stride, size, limit, false);
      }
      if (row > 0) {
        edge(plane.at(x, y), plane.stride, 1, size, limit + 4, true);
      }
      for (int i = 4; inner && i < size; i += 4) {
        edge(plane.at(x, y + i), plane.stride, 1, size, limit, false);
      }
    }
  }

  /** Filters across an edge: {@code across} steps over it, {@code along} along it. */
  private void edge(int at, int across, int along, int length, int limit, boolean outer) {
    threshold = 2 * limit + 1;
    for (int i = 0; i < length; i++, at += along) {
      if (simple) {
        if (differs(at, across)) {
          two(at, across);
        }
      } else if (differs(at, across) && smooth(at, across)) {
        if (varies(at, across)) {
          two(at, across);
        } else if (outer) {
          six(at, across);
        } else {
          four(at, across);
        }
      }
    }
  }

  private int get(int at) {
    return s[at] & 0xFF;
  }

  private int distance(int a, int b) {
    return Math.abs((s[a] & 0xFF) - (s[b] & 0xFF));
  }

  private boolean differs(int q, int d) {
    return 4 * distance(q - d, q) + distance(q - 2 * d, q + d) <= threshold;
  }

  private boolean smooth(int q, int d) {
    return distance(q - 4 * d, q - 3 * d) <= interior
        && distance(q - 3 * d, q - 2 * d) <= interior
        && distance(q - 2 * d, q - d) <= interior
        && distance(q + 3 * d, q + 2 * d) <= interior
        && distance(q + 2 * d, q + d) <= interior
        && distance(q + d, q) <= interior;
  }

  private boolean varies(int q, int d) {
    return distance(q - 2 * d, q - d) > variance || distance(q + d, q) > variance;
  }

  private void two(int q, int d) {
    int a = 3 * (get(q) - get(q - d)) + signed(get(q - 2 * d) - get(q + d));
    s[q - d] = Vp8Plane.clip(get(q - d) + small((a + 3) >> 3));
    s[q] = Vp8Plane.clip(get(q) - small((a + 4) >> 3));
  }

  private void four(int q, int d) {
    int a = 3 * (get(q) - get(q - d));
    int up = small((a + 4) >> 3);
    int down = small((a + 3) >> 3);
    int half = (up + 1) >> 1;
    s[q - 2 * d] = Vp8Plane.clip(get(q - 2 * d) + half);
    s[q - d] = Vp8Plane.clip(get(q - d) + down);
    s[q] = Vp8Plane.clip(get(q) - up);
    s[q + d] = Vp8Plane.clip(get(q + d) - half);
  }

  private void six(int q, int d) {
    int a = signed(3 * (get(q) - get(q - d)) + signed(get(q - 2 * d) - get(q + d)));
    for (int i = 0, weight = 27; i < 3; i++, weight -= 9) {
      int change = (weight * a + 63) >> 7;
      int p = q - (i + 1) * d;
      s[p] = Vp8Plane.clip(get(p) + change);
      s[q + i * d] = Vp8Plane.clip(get(q + i * d) - change);
    }
  }

  private static int signed(int value) {
    return Math.max(-128, Math.min(127, value));
  }

  private static int small(int value) {
    return Math.max(-16, Math.min(15, value));
  }
}
