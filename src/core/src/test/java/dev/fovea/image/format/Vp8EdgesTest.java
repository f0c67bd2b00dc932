package dev.fovea.image.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Eight places at once are smoothed as each is by the rules of RFC 6386, section 15.3. */
class Vp8EdgesTest {
  @Test
  void smooths_each_place_as_it_is_written() {
    Random random = new Random(3);
    int changed = 0;
    for (int i = 0; i < 40_000; i++) {
      Vp8Plane plane = new Vp8Plane(16, 16);
      int middle = random.nextInt(256);
      int spread = 1 << random.nextInt(9);
      for (int at = 0; at < plane.samples.length; at++) {
        plane.samples[at] = (byte) clip(middle + random.nextInt(2 * spread) - spread, 0, 255);
      }
      byte[] due = plane.samples.clone();
      int interior = 1 + random.nextInt(63);
      int variance = random.nextInt(3);
      int threshold = 1 + random.nextInt(400);
      boolean outer = random.nextBoolean();
      boolean upright = random.nextBoolean();
      int at = plane.at(4 + random.nextInt(5), 4 + random.nextInt(5));
      for (int j = 0; j < 8; j++) {
        int place = at + j * (upright ? plane.stride : 1);
        int step = upright ? 1 : plane.stride;
        changed += smooth(due, place, step, interior, variance, threshold, outer) ? 1 : 0;
      }
      Vp8Edges edges = new Vp8Edges(plane);
      edges.limits(interior, variance);
      if (upright) {
        edges.upright(at, threshold, outer);
      } else {
        edges.level(at, threshold, outer);
      }
      assertThat(plane.samples).as("case %d", i).isEqualTo(due);
    }
    assertThat(changed).isBetween(60_000, 300_000);
  }

  private static boolean smooth(
      byte[] s, int at, int step, int interior, int variance, int threshold, boolean outer) {
    int[] x = new int[8]; // p3 to p0, q0 to q3
    for (int i = 0; i < 8; i++) {
      x[i] = s[at + (i - 4) * step] & 0xFF;
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
      s[at + (i - 4) * step] = (byte) clip(x[i], 0, 255);
    }
    return true;
  }

  private static int clip(int value, int least, int most) {
    return Math.max(least, Math.min(most, value));
  }
}
