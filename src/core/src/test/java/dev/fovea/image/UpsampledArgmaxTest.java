package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpsampledArgmaxTest {
  @ParameterizedTest
  @CsvSource({
    "5, 16, 16, 64, 64",
    "5, 13, 17, 97, 131",
    "2, 1, 1, 7, 5",
    "3, 4, 9, 4, 9",
    "4, 9, 11, 20, 30",
    "1, 3, 3, 5, 5"
  })
  void equals_the_engines_interpolation_and_argmax(
      int classes, int h, int w, int height, int width) {
    float[] logits = random(classes * h * w);
    int[][] got = UpsampledArgmax.of(logits, classes, h, w, height, width);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray large =
          manager
              .create(logits, new Shape(1, classes, h, w))
              .getNDArrayInternal()
              .interpolation(new long[] {height, width}, 1, false);
      long[] expected = large.argMax(1).toLongArray();
      for (int i = 0; i < expected.length; i++) {
        assertThat(got[i / width][i % width]).isEqualTo((int) expected[i]);
      }
    }
  }

  @Test
  void moves_the_border_between_two_classes_to_where_their_scores_are_equal() {
    // Centres of the two columns lie at 2 and 6 of 8 pixels; the scores cross at 4 - 4 / 4 = 3.
    float[] logits = {3, 1, 1, 7};
    int[][] mask = UpsampledArgmax.of(logits, 2, 1, 2, 1, 8);
    assertThat(mask[0]).containsExactly(0, 0, 0, 1, 1, 1, 1, 1);
  }

  @Test
  void takes_the_lower_class_where_scores_are_equal() {
    assertThat(UpsampledArgmax.of(new float[] {1, 1, 0}, 3, 1, 1, 1, 1)[0][0]).isZero();
  }

  @Test
  void refuses_scores_that_are_not_finite() {
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      assertThatThrownBy(() -> UpsampledArgmax.of(new float[] {0, 0, 0, bad}, 2, 1, 2, 4, 4))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the score of class 1 is " + bad);
    }
  }

  @Test
  void refuses_scores_of_another_shape() {
    assertThatThrownBy(() -> UpsampledArgmax.of(new float[5], 2, 1, 2, 4, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("5 scores are not of the shape (2, 1, 2)");
  }

  private static float[] random(int length) {
    Random random = new Random(length);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
