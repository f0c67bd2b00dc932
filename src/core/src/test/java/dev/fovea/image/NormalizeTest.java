package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class NormalizeTest {
  private static final Pixels TWO =
      new Pixels(2, 1, new byte[] {0, (byte) 255, 51, (byte) 255, 102, (byte) 204});

  @Test
  void puts_channels_first_and_scales_to_0_to_1() {
    assertThat(Normalize.UNIT.toFloats(TWO)).containsExactly(0, 1, 1, 0.4f, 0.2f, 0.8f);
    assertThat(Normalize.SYMMETRIC.toFloats(TWO)[1]).isEqualTo(1);
    assertThat(Normalize.SYMMETRIC.toFloats(TWO)[0]).isEqualTo(-1);
  }

  @Test
  void subtracts_the_mean_and_divides_by_the_deviation() {
    float[] got = Normalize.IMAGENET.toFloats(TWO);
    assertThat(got[0]).isEqualTo(-0.485f / 0.229f);
    assertThat(got[2]).isEqualTo((1 - 0.456f) / 0.224f);
    assertThat(got[5]).isEqualTo((204 / 255f - 0.406f) / 0.225f);
  }

  @Test
  void makes_a_float32_array_of_the_images_shape() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray array = Normalize.IMAGENET.toArray(TWO, manager);
      assertThat(array.getShape()).isEqualTo(new Shape(3, 1, 2));
      assertThat(array.getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(array.toFloatArray()).containsExactly(Normalize.IMAGENET.toFloats(TWO));
    }
  }

  @Test
  void refuses_other_than_three_means_and_positive_deviations() {
    List<Float> ones = List.of(1f, 1f, 1f);
    assertThatThrownBy(() -> new Normalize(List.of(0f), ones))
        .hasMessageStartingWith("three means and three positive deviations are needed");
    for (float bad : new float[] {0, -1, Float.NaN}) {
      assertThatThrownBy(() -> new Normalize(ones, List.of(1f, bad, 1f)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
