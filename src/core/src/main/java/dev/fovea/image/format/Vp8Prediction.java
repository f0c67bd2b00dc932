package dev.fovea.image.format;

import java.util.Arrays;

/** Predicts blocks from the samples above and to the left (RFC 6386, section 12). */
final class Vp8Prediction {
  static final int DC = 0;
  static final int TRUE_MOTION = 1;
  static final int VERTICAL = 2;
  static final int HORIZONTAL = 3;

  /**
   * What the directional modes of 4 x 4 blocks take: for each sample {@code 2 * i} for the mean of
   * the three samples about the edge's sample i, {@code 2 * i + 1} for the mean of i and i + 1.
   *
   * <p>The edge runs from the lowest sample on the left (2; also in 0 and 1) up to the corner (6)
   * and to the right (7 to 14; the last again in 15).
   */
  private static final int[][] DIRECTIONS = directions();

  private final int[] edge = new int[16];
  private final int[] means = new int[30];

  private static int[][] directions() {
    int[][] take = new int[10][16];
    for (int i = 0; i < 16; i++) {
      int x = i % 4;
      int y = i / 4;
      take[VERTICAL][i] = 2 * (7 + x);
      take[HORIZONTAL][i] = 2 * (5 - y);
      take[4][i] = 2 * (6 + x - y); // down and right
      boolean early = y < 2 || x > 0;
      int shift = x - y / 2;
      take[5][i] = early ? 2 * (6 + shift) + (y + 1) % 2 : 2 * (7 - y); // vertical, to the right
      take[6][i] = 2 * (8 + x + y); // down and left
      boolean inside = y < 2 || x < 3;
      int start = (y % 2 == 0 ? 7 : 8) + y / 2;
      take[7][i] = inside ? 2 * (start + x) + (y + 1) % 2 : 2 * (10 + y); // vertical, to the left
      int down = 2 * y - x;
      take[8][i] =
          down < 0 ? 2 * (5 - down) : down % 2 == 0 ? 2 * (5 - down / 2) + 1 : 2 * (5 - down / 2);
      int up = 2 * y + x;
      take[9][i] = up > 5 ? 2 : up % 2 == 0 ? 2 * (4 - up / 2) + 1 : 2 * (4 - up / 2);
    }
    return take;
  }

  /**
   * Predicts a block of 4 x 4.
   *
   * @param right where the four samples above and to the right lie, or -1: repeat {@code fill}
   * @param fill what is repeated
   */
  void small(Vp8Plane plane, int mode, int x, int y, int right, int fill) {
    int[] e = edge;
    byte[] s = plane.samples;
    int top = plane.at(x, y - 1);
    for (int i = 0, left = plane.at(x - 1, y); i < 4; i++, left += plane.stride) {
      e[5 - i] = s[left] & 0xFF;
      e[7 + i] = s[top + i] & 0xFF;
      e[11 + i] = right < 0 ? fill : s[right + i] & 0xFF;
    }
    e[0] = e[2];
    e[1] = e[2];
    e[6] = plane.get(top - 1);
    e[15] = e[14];
    if (mode == DC) {
      int sum = 4;
      for (int i = 0; i < 4; i++) {
        sum += e[2 + i] + e[7 + i];
      }
      plane.fill(plane.at(x, y), 4, sum >> 3);
      return;
    }
    if (mode == TRUE_MOTION) {
      trueMotion(plane, x, y, 4);
      return;
    }
    int[] take = DIRECTIONS[mode];
    int[] m = means;
    for (int i = 1; i < 15; i++) {
      m[2 * i] = (e[i - 1] + 2 * e[i] + e[i + 1] + 2) >> 2;
      m[2 * i + 1] = (e[i] + e[i + 1] + 1) >> 1;
    }
    for (int i = 0, to = plane.at(x, y); i < 16; i += 4, to += plane.stride) {
      s[to] = (byte) m[take[i]];
      s[to + 1] = (byte) m[take[i + 1]];
      s[to + 2] = (byte) m[take[i + 2]];
      s[to + 3] = (byte) m[take[i + 3]];
    }
  }

  /** Predicts a block of 16 x 16 or 8 x 8. */
  static void large(Vp8Plane plane, int mode, int x, int y, int size) {
    switch (mode) {
      case TRUE_MOTION -> trueMotion(plane, x, y, size);
      case VERTICAL -> {
        for (int i = 0; i < size; i++) {
          int top = plane.at(x, y - 1);
          System.arraycopy(plane.samples, top, plane.samples, plane.at(x, y + i), size);
        }
      }
      case HORIZONTAL -> {
        for (int i = 0; i < size; i++) {
          int row = plane.at(x, y + i);
          Arrays.fill(plane.samples, row, row + size, plane.samples[row - 1]);
        }
      }
      default -> {
        int sum = 0;
        int count = 0;
        for (int i = 0; i < size && y > 0; i++, count++) {
          sum += plane.get(plane.at(x + i, y - 1));
        }
        for (int i = 0; i < size && x > 0; i++, count++) {
          sum += plane.get(plane.at(x - 1, y + i));
        }
        plane.fill(plane.at(x, y), size, count == 0 ? 128 : (sum + count / 2) / count);
      }
    }
  }

  private static void trueMotion(Vp8Plane plane, int x, int y, int size) {
    int top = plane.at(x, y - 1);
    int corner = plane.get(top - 1);
    for (int i = 0; i < size; i++) {
      int row = plane.at(x, y + i);
      int change = plane.get(row - 1) - corner;
      for (int j = 0; j < size; j++) {
        plane.samples[row + j] = Vp8Plane.clip(plane.get(top + j) + change);
      }
    }
  }
}
