package dev.fovea.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GradientCheckTest {

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray random(long... shape) {
    return Tensor.random(new Shape(shape), new Random(3), -2, 2).on(manager, DataType.FLOAT32);
  }

  @Test
  void accepts_right_gradients_of_scalars_and_of_arrays() {
    GradientCheck.of(x -> x.square().sum()).at(random(3, 4));
    GradientCheck.of(x -> x.softmax(1).mul(x.sin())).at(random(3, 4));
    GradientCheck.of(NDArray::exp).at(random(40, 30));
  }

  @Test
  void says_which_element_deviates_and_by_how_much() {
    NDArray one =
        new Tensor(new Shape(2, 3), new double[] {0, 0, 0, 0, 1, 0}).on(manager, DataType.FLOAT64);
    NDArray x = manager.create(new double[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3));
    assertThatThrownBy(
            () -> GradientCheck.of(a -> a.square().add(a.mul(one).stopGradient()).sum()).at(x))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("1 of 6 elements of (2, 3)")
        .hasMessageMatching("(?s).*\\[1, 1\\]: automatic 10.0, finite differences 1[01]\\.\\d+.*");
  }

  @Test
  void finds_an_error_in_a_large_input_that_no_chosen_element_shows() {
    Shape shape = new Shape(200, 100);
    double[] values = new double[20_000];
    values[12_345] = 1;
    NDArray one = new Tensor(shape, values).on(manager, DataType.FLOAT64);
    assertThatThrownBy(
            () ->
                GradientCheck.of(a -> a.add(a.mul(one).stopGradient()).sum())
                    .elements(4)
                    .at(random(200, 100)))
        .hasMessageContaining("(200, 100) along a random direction (seed 1)");
  }

  @Test
  void finds_an_error_that_a_plain_sum_would_hide() {
    assertThatThrownBy(() -> GradientCheck.of(a -> a.softmax(1).stopGradient()).at(random(2, 3)))
        .hasMessageContaining("no way back from the result to the input");
  }

  @Test
  void refuses_what_rounds_to_float32() {
    assertThatThrownBy(
            () -> GradientCheck.of(a -> a.toType(DataType.FLOAT32, false)).at(random(2, 3)))
        .hasMessageContaining("the result is float32 although the input is FLOAT64");
  }

  @Test
  void tolerance_and_step_are_the_callers_choice() {
    NDArray x = random(2, 3);
    GradientCheck check = GradientCheck.of(a -> a.mul(a).mul(a));
    assertThatThrownBy(() -> check.step(0.1).at(x)).isInstanceOf(AssertionError.class);
    assertThatCode(() -> check.step(0.1).tolerance(0.2, 0).at(x)).doesNotThrowAnyException();
    assertThatThrownBy(() -> check.step(0)).hasMessageContaining("The step must be in (0, 1)");
  }
}
