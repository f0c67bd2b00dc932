package dev.fovea.nn;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.junit.jupiter.api.Test;

class MaxPool2dTest {

  @Test
  void what_is_padded_never_wins() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray x = manager.arange(-16f, 0f, 1f).reshape(1, 1, 4, 4);
      Forward pass = new Forward(new ParameterStore(manager, false), false);

      NDArray y = new MaxPool2d(3, 2, 1).forward(x, pass);

      assertThat(y.getShape()).isEqualTo(new Shape(1, 1, 2, 2));
      assertThat(y.toFloatArray()).containsExactly(-11, -9, -3, -1);
    }
  }
}
