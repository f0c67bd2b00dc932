package dev.fovea.image.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Four places at once are smoothed as each is by the rules of RFC 6386, section 15.2 and 15.3. */
class Vp8EdgesTest {
  private static final int SIZE = 16;

  @Test
  void smooths_each_place_as_it_is_written() {
    Random random = new Random(3);
    int changed = 0;
    for (int i = 0; i < 20_000; i++) {
      Vp8Plane plane = new Vp8Plane(2 * SIZE, 2 * SIZE);
      int middle = random.nextInt(256);
      int spread = 1 << random.nextInt(9);
      int[] due = new int[4 * SIZE * SIZE];
      for (int at = 0; at < due.length; at++) {
        due[at] = clip(middle + random.nextInt(2 * spread) - spread, 0, 255);
      }
      for (int at = 0; at < due.length; at += 4) {
        long four = FourBytes.of(due[at], due[at + 1], due[at + 2], due[at + 3]);
        plane.samples[plane.at(at % (2 * SIZE) / 4, at / (2 * SIZE))] = four;
      }
      int interior = 1 + random.nextInt(63);
      int variance = random.nextInt(3);
      int[] threshold = {1 + random.nextInt(400), 1 + random.nextInt(400)};
      boolean simple = random.nextInt(4) == 0;
      boolean outer = random.nextBoolean();
      boolean inner = random.nextBoolean();
      boolean upright = random.nextBoolean();
      int step = upright ? 1 : 2 * SIZE;
      for (int edge = outer ? 0 : 4; edge < (inner ? SIZE : 4); edge += 4) {
        int most = threshold[edge == 0 ? 0 : 1];
        for (int j = 0; j < 4; j++) {
          int place = (2 * SIZE + 1) * SIZE + edge * step + j * (upright ? 2 * SIZE : 1);
          changed +=
              simple
                  ? smooth(due, place, step, most)
                  : smooth(due, place, step, interior, variance, most, edge == 0) ? 1 : 0;
        }
      }
      Vp8Edges edges = new Vp8Edges(plane, simple);
      edges.limits(interior, variance, threshold[0], threshold[1]);
      int at = plane.at(SIZE / 4, SIZE);
      if (upright) {
        edges.upright(at, SIZE / 4, outer, inner);
      } else {
        edges.level(at, SIZE / 4, outer, inner);
      }
      int[] got = new int[due.length];
      for (int j = 0; j < got.length; j++) {
        int four = plane.at(j % (2 * SIZE) / 4, j / (2 * SIZE));
        got[j] = (int) (plane.samples[four] >>> (16 * (j % 4))) & 0xFFFF;
      }
      assertThat(got).as("case %d", i).isEqualTo(due);
    }
    assertThat(changed).isBetween(40_000, 160_000);
  }

  private static int smooth(int[] s, int at, int step, int threshold) {
    int p1 = s[at - 2 * step];
    int p0 = s[at - step];
    int q0 = s[at];
    int q1 = s[at + step];
    if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) > threshold) {
      return 0;
    }
    int change = clip(clip(p1 - q1, -128, 127) + 3 * (q0 - p0), -128, 127);
    s[at - step] = clip(p0 + (clip(change + 3, -128, 127) >> 3), 0, 255);
    s[at] = clip(q0 - (clip(change + 4, -128, 127) >> 3), 0, 255);
    return 1;
  }

  private static boolean smooth(
      int[] s, int at, int step, int interior, int variance, int threshold, boolean outer) {
    int[] x = new int[8]; // p3 to p0, q0 to q3
    for (int i = 0; i < 8; i++) {
      x[i] = s[at + (i - 4) * step];
    }
    if (4 * Math.abs(x[3] - x[4]) + Math.abs(x[2] - x[5]) > threshold) {
      return false;
    }
    for (int i = 0; i < 7; i++) {
      if (i != 3 && Math.abs(x[i] - x[i + 1]) > interior) {
        return false;
      }
    }
    boolean varies = Math.abs(x[2] - x[3]) > variance || Math.abs(x[4] - x[5]) > variance;
    int wide = clip(x[2] - x[5], -128, 127);
    if (outer && !varies) {
      int change = clip(wide + 3 * (x[4] - x[3]), -128, 127);
      for (int i = 0; i < 3; i++) {
        int part = ((27 - 9 * i) * change + 63) >> 7;
        x[3 - i] += part;
        x[4 + i] -= part;
      }
    } else {
      int change = clip((varies ? wide : 0) + 3 * (x[4] - x[3]), -128, 127);
      int up = clip(change + 4, -128, 127) >> 3;
      x[3] += clip(change + 3, -128, 127) >> 3;
      x[4] -= up;
      if (!varies) {
        x[2] += (up + 1) >> 1;
        x[5] -= (up + 1) >> 1;
      }
    }
    for (int i = 0; i < 8; i++) {
      s[at + (i - 4) * step] = clip(x[i], 0, 255);
    }
    return true;
  }

  private static int clip(int value, int least, int most) {
    return Math.max(least, Math.min(most, value));
  }
}
