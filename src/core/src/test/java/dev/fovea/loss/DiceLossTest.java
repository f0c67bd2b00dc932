package dev.fovea.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DiceLossTest {

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void by_hand() {
    // p = 1/2 everywhere, labels 0 0 0 1, s = 1:
    // class 0: (2 * 3/2 + 1) / (2 + 3 + 1) = 2/3; class 1: (2 * 1/2 + 1) / (2 + 1 + 1) = 1/2.
    NDArray logits = manager.create(new double[8], new Shape(1, 2, 2, 2));
    NDArray labels = manager.create(new long[] {0, 0, 0, 1}, new Shape(1, 2, 2));
    double loss = LossProbe.of(new DiceLoss(1, null), logits, labels).loss()[0];
    assertThat(loss).isCloseTo(1 - (2 / 3.0 + 1 / 2.0) / 2, within(1e-12));
  }

  @Test
  void a_perfect_prediction_has_no_loss_even_for_an_absent_class() {
    NDArray logits = manager.create(new double[] {1e4, 0, 0, 0, 1e4, 0}, new Shape(2, 3));
    double loss =
        LossProbe.of(new DiceLoss(1, null), logits, manager.create(new long[] {0, 1})).loss()[0];
    assertThat(loss).isZero();
  }

  @Test
  void refuses_to_divide_0_by_0() {
    assertThatThrownBy(() -> new DiceLoss(0, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("smooth must be above 0, but is 0.0");
  }
}
