package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradientNormTest {

  @Test
  void scales_all_gradients_by_one_factor() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray a = manager.create(new float[] {2, 0, 0, -4}, new Shape(2, 2));
      NDArray b = manager.create(new float[] {4});
      assertThat(GradientNorm.clip(List.of(a, b), 10)).isCloseTo(6, within(1e-6));
      assertThat(a.toFloatArray()).containsExactly(2, 0, 0, -4);
      int before = manager.getManagedArrays().size();
      assertThat(GradientNorm.clip(List.of(a, b), 3)).isCloseTo(6, within(1e-6));
      assertThat(a.toFloatArray()).containsExactly(new float[] {1, 0, 0, -2}, within(1e-6f));
      assertThat(b.toFloatArray()).containsExactly(new float[] {2}, within(1e-6f));
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
  }

  @Test
  void leaves_gradients_alone_when_the_norm_is_not_finite() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray a = manager.create(new float[] {1, Float.NaN});
      assertThat(GradientNorm.clip(List.of(a), 0.1)).isNaN();
      NDArray b = manager.create(new float[] {1, Float.POSITIVE_INFINITY});
      assertThat(GradientNorm.clip(List.of(b), 0.1)).isInfinite();
      assertThat(b.toFloatArray()[0]).isEqualTo(1);
    }
  }
}
