package dev.fovea.testkit;

import static dev.fovea.testkit.TensorAssert.assertThatTensor;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorAssertTest {

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray array(float... values) {
    return manager.create(values, new Shape(2, values.length / 2));
  }

  @Test
  void accepts_what_is_within_the_sum_of_both_bounds() {
    assertThatTensor(array(1, 100)).isCloseTo(array(1.05f, 101), 0.01, 0.05);
    assertThatTensor(array(1, 2)).isCloseTo(array(1, 2).toType(DataType.FLOAT64, false), 0, 0);
  }

  @Test
  void shows_shape_count_and_the_five_largest_deviations() {
    NDArray expected = array(0, 0, 0, 0, 0, 0, 0, 0);
    NDArray actual = array(1, 2, 0, 3, 4, 5, 6, 7);
    assertThatThrownBy(() -> assertThatTensor(actual).as("logits").isCloseTo(expected, 1e-5, 0.5))
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "[logits]",
            "7 of 8 elements of (2, 4) deviate by more than 1.0E-5 x |expected| + 0.5",
            "[1, 3]: got 7.0, expected 0.0",
            "[0, 3]: got 3.0, expected 0.0")
        .hasMessageNotContaining("[0, 1]");
  }

  @Test
  void nan_is_close_to_nan_alone() {
    NDArray nan = array(Float.NaN, 1);
    assertThatTensor(nan).isCloseTo(array(Float.NaN, 1), 0, 0);
    assertThatThrownBy(() -> assertThatTensor(nan).isCloseTo(array(0, 1), 1, 1))
        .hasMessageContaining("[0, 0]: got NaN, expected 0.0");
    assertThatThrownBy(() -> assertThatTensor(array(0, 1)).isCloseTo(nan, 1, 1))
        .hasMessageContaining("got 0.0, expected NaN");
  }

  @Test
  void an_infinity_is_close_to_itself_alone() {
    NDArray infinite = array(Float.POSITIVE_INFINITY, 1);
    assertThatTensor(infinite).isCloseTo(array(Float.POSITIVE_INFINITY, 1), 0, 0);
    assertThatThrownBy(() -> assertThatTensor(array(7, 1)).isCloseTo(infinite, 1, 1))
        .hasMessageContainingAll("1 of 2 elements", "got 7.0, expected Infinity");
    assertThatThrownBy(() -> assertThatTensor(infinite).isCloseTo(array(7, 1), 1, 1))
        .hasMessageContaining("got Infinity, expected 7.0");
  }

  @Test
  void names_a_common_factor() {
    assertThatThrownBy(() -> assertThatTensor(array(1, 2)).isCloseTo(array(2, 4), 0, 0))
        .hasMessageContaining("got = 0.500000 x expected throughout");
    assertThatThrownBy(() -> assertThatTensor(array(0, 0)).isCloseTo(array(2, 4), 0, 0))
        .hasMessageContaining("got is 0 everywhere");
  }

  @Test
  void names_a_wrong_shape_type_or_element() {
    assertThatThrownBy(() -> assertThatTensor(array(1, 2)).isCloseTo(array(1, 2, 3, 4), 0, 0))
        .hasMessageContaining("Expected shape (2, 2), but got (2, 1)");
    assertThatThrownBy(() -> assertThatTensor(array(1, 2)).hasType(DataType.INT64))
        .hasMessageContaining("Expected type int64, but got float32");
    assertThatThrownBy(() -> assertThatTensor(array(1, Float.POSITIVE_INFINITY)).isFinite())
        .hasMessageContaining("Expected finite elements, but [1, 0] is Infinity");
    assertThatThrownBy(() -> assertThatTensor(null).isFinite())
        .hasMessageContaining("not to be null");
  }
}
