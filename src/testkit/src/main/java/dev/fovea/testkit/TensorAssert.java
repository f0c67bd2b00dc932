package dev.fovea.testkit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * AssertJ assertions on arrays.
 *
 * <pre>{@code
 * assertThatTensor(actual).hasShape(2, 3).isCloseTo(expected, 1e-5, 1e-8);
 * }</pre>
 */
public final class TensorAssert extends AbstractAssert<TensorAssert, NDArray> {

  private TensorAssert(@Nullable NDArray actual) {
    super(actual, TensorAssert.class);
  }

  /**
   * Starts an assertion.
   *
   * @param actual the array to look at
   * @return the assertion
   */
  public static TensorAssert assertThatTensor(@Nullable NDArray actual) {
    return new TensorAssert(actual);
  }

  /**
   * Asserts the shape.
   *
   * @param dimensions the sizes that are expected
   * @return this
   */
  public TensorAssert hasShape(long... dimensions) {
    isNotNull();
    Shape expected = new Shape(dimensions);
    if (!actual.getShape().equals(expected)) {
      throw failure("Expected shape %s, but got %s", expected, actual.getShape());
    }
    return this;
  }

  /**
   * Asserts the type.
   *
   * @param type the type that is expected
   * @return this
   */
  public TensorAssert hasType(DataType type) {
    isNotNull();
    if (actual.getDataType() != type) {
      throw failure("Expected type %s, but got %s", type, actual.getDataType());
    }
    return this;
  }

  /**
   * Asserts that no element is infinite or NaN.
   *
   * @return this
   */
  public TensorAssert isFinite() {
    isNotNull();
    Tensor got = Tensor.of(actual);
    for (int i = 0; i < got.size(); i++) {
      if (!Double.isFinite(got.at(i))) {
        throw failure("Expected finite elements, but %s is %s", got.index(i), got.at(i));
      }
    }
    return this;
  }

  /**
   * Asserts that every element is close: {@code |got - expected| <= relative * |expected| +
   * absolute}. NaN is close to NaN alone, an infinity to itself alone. Types may differ.
   *
   * @param expected the array to compare with, of the same shape
   * @param relative 0 or more
   * @param absolute 0 or more
   * @return this
   */
  public TensorAssert isCloseTo(NDArray expected, double relative, double absolute) {
    hasShape(expected.getShape().getShape());
    Comparison comparison =
        Comparison.each(Tensor.of(actual), Tensor.of(expected), relative, absolute);
    if (!comparison.holds()) {
      throw failure("%s", comparison.describe("got", "expected"));
    }
    return this;
  }
}
