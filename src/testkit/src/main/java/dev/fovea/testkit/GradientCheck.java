package dev.fovea.testkit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Compares the gradient that automatic differentiation gives with central finite differences, in
 * double precision.
 *
 * <pre>df/dx_i = (f(x + h e_i) - f(x - h e_i)) / 2h,   h = step max(1, |x_i|)</pre>
 *
 * <p>If the function gives an array, f is a weighted sum of its elements with fixed random weights
 * in [0.5, 1.5): a plain sum would hide every error that cancels out, as in a softmax. Of a large
 * input, some elements are compared, and derivatives along random directions.
 *
 * <p>The function must be differentiable at the point: a kink within the step shows as an error.
 */
public final class GradientCheck {

  private static final int DIRECTIONS = 8;

  private final UnaryOperator<NDArray> function;
  private double step = 1e-5;
  private double relative = 1e-6;
  private double absolute = 1e-8;
  private int elements = 256;
  private long seed = 1;

  private GradientCheck(UnaryOperator<NDArray> function) {
    this.function = function;
  }

  /**
   * Prepares a check.
   *
   * @param function a function of a FLOAT64 array to a FLOAT64 array; it must give the same for the
   *     same input
   * @return the check
   */
  public static GradientCheck of(UnaryOperator<NDArray> function) {
    return new GradientCheck(function);
  }

  /**
   * Sets the step of the differences, 1e-5 unless told.
   *
   * @param step above 0
   * @return this
   */
  public GradientCheck step(double step) {
    if (!(step > 0 && step < 1)) {
      throw new IllegalArgumentException("The step must be in (0, 1), but is " + step);
    }
    this.step = step;
    return this;
  }

  /**
   * Sets what may deviate, 1e-6 and 1e-8 unless told: {@code relative * max |gradient| + absolute *
   * max(1, |f|)}.
   *
   * @param relative 0 or more
   * @param absolute 0 or more
   * @return this
   */
  public GradientCheck tolerance(double relative, double absolute) {
    this.relative = relative;
    this.absolute = absolute;
    return this;
  }

  /**
   * Sets how many elements are compared at most, 256 unless told. A larger input is compared at
   * that many random elements and along 8 random directions.
   *
   * @param elements 1 or more; 0: directions alone
   * @return this
   */
  public GradientCheck elements(int elements) {
    this.elements = elements;
    return this;
  }

  /**
   * Sets where weights, elements and directions come from, 1 unless told.
   *
   * @param seed of a {@link Random}
   * @return this
   */
  public GradientCheck seed(long seed) {
    this.seed = seed;
    return this;
  }

  /**
   * Checks the gradient at a point.
   *
   * @param x the point; converted to FLOAT64, and left as it is
   * @throws AssertionError if the gradient is not that of finite differences; says which elements
   *     deviate, and by how much
   */
  public void at(NDArray x) {
    at(x.getManager(), Tensor.of(x));
  }

  /** Checks the gradient at a point, and returns it. */
  Tensor at(NDManager parent, Tensor x) {
    Tensor value = value(parent, x);
    Random random = new Random(seed);
    Tensor weights =
        value.size() == 1 ? value.map(any -> 1) : value.map(any -> 0.5 + random.nextDouble());
    Tensor gradient;
    String advice = "";
    try (NDManager manager = parent.newSubManager()) {
      NDArray leaf = x.on(manager, DataType.FLOAT64);
      Evaluation all = Evaluation.of(function, leaf, weights, () -> {});
      if (all.type() != DataType.FLOAT64) {
        throw new AssertionError(
            "gradient: the result is "
                + all.type()
                + " although the input is FLOAT64; finite differences would drown in rounding");
      }
      gradient = all.gradient();
      if (!all.recorded()) {
        advice =
            String.format(
                "%nthere is no way back from the result to the input: every step must be an"
                    + " operation on NDArrays, and none may stop the gradient, as toType does");
      }
    }
    double allowed = absolute * Math.max(1, Math.abs(value.dot(weights)));
    boolean small = x.size() <= elements;
    int[] chosen =
        small
            ? IntStream.range(0, x.size()).toArray()
            : random.ints(elements, 0, x.size()).distinct().toArray();
    Tensor numeric = gradient;
    for (int i : chosen) {
      Tensor unit = x.map(any -> 0).with(i, 1);
      double h = step * Math.max(1, Math.abs(x.at(i)));
      numeric = numeric.with(i, derivative(parent, x, unit, h, weights));
    }
    Comparison.overall(gradient, numeric, relative, allowed)
        .check(
            "gradient (compared at " + chosen.length + " elements)",
            "automatic",
            "finite differences",
            advice);
    for (int i = 0; i < DIRECTIONS && !small; i++) {
      checkDirection(parent, x, gradient, x.map(any -> random.nextGaussian()), weights, allowed);
    }
    return gradient;
  }

  private void checkDirection(
      NDManager parent,
      Tensor x,
      Tensor gradient,
      Tensor direction,
      Tensor weights,
      double allowed) {
    double automatic = gradient.dot(direction);
    double numeric = derivative(parent, x, direction, step, weights);
    double norm = Math.sqrt(gradient.dot(gradient));
    if (!(Math.abs(automatic - numeric) <= relative * norm + allowed)) {
      throw new AssertionError(
          String.format(
              "gradient of %s along a random direction (seed %d): automatic %s, finite differences"
                  + " %s, deviating by %s",
              x.shape(), seed, automatic, numeric, Math.abs(automatic - numeric)));
    }
  }

  private double derivative(
      NDManager parent, Tensor x, Tensor direction, double h, Tensor weights) {
    double up = value(parent, x.plus(direction, h)).dot(weights);
    double down = value(parent, x.plus(direction, -h)).dot(weights);
    return (up - down) / (2 * h);
  }

  private Tensor value(NDManager parent, Tensor x) {
    try (NDManager manager = parent.newSubManager()) {
      NDArray result = function.apply(x.on(manager, DataType.FLOAT64));
      result.attach(manager);
      return Tensor.of(result);
    }
  }
}
