package dev.fovea.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SignedDistanceTest {

  @Test
  void distances_are_those_to_the_nearest_pixel() {
    Random random = new Random(5);
    for (int round = 0; round < 20; round++) {
      int width = 1 + random.nextInt(9);
      boolean[] region = new boolean[width * (2 + random.nextInt(8))];
      for (int i = 0; i < region.length; i++) {
        region[i] = random.nextInt(4) == 0;
      }
      region[0] = true;
      region[region.length - 1] = false;
      double[] got = SignedDistance.of(region, width);
      for (int i = 0; i < region.length; i++) {
        double nearest = Double.POSITIVE_INFINITY;
        for (int j = 0; j < region.length; j++) {
          if (region[j] != region[i]) {
            nearest = Math.min(nearest, Math.hypot(i % width - j % width, i / width - j / width));
          }
        }
        assertThat(got[i]).isCloseTo(region[i] ? 1 - nearest : nearest, within(1e-9));
      }
    }
  }

  @Test
  void without_a_boundary_there_is_no_distance() {
    assertThat(SignedDistance.of(new boolean[6], 3)).containsOnly(0);
    assertThat(SignedDistance.of(new boolean[] {true, true}, 1)).containsOnly(0);
  }
}
