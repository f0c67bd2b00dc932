package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One number for all classes, or one for each. */
public final class PerClass {

  private final IntToDoubleFunction number;
  private final double[] listed; // empty if the numbers are those of a function

  private PerClass(IntToDoubleFunction number, double... listed) {
    this.number = number;
    this.listed = listed;
  }

  /**
   * Lists the numbers.
   *
   * @param values one for all classes, or one for each, in their order
   * @return the numbers
   * @throws IllegalArgumentException if there are none
   */
  public static PerClass each(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("No number is given, neither for all classes nor for one");
    }
    double[] copy = values.clone();
    return new PerClass(c -> copy[copy.length == 1 ? 0 : c], copy);
  }

  /**
   * Computes the numbers.
   *
   * @param number the number of each class, counted from 0
   * @return the numbers
   */
  public static PerClass by(IntToDoubleFunction number) {
    return new PerClass(number);
  }

  /**
   * Weighs classes by the effective number of their samples: (1 - beta) / (1 - beta^n), scaled so
   * that the weights of C classes add up to C. Cui et al., Class-Balanced Loss Based on Effective
   * Number of Samples, CVPR 2019, arXiv:1901.05555, eq. 4 and section 4.
   *
   * @param beta in [0, 1): 0 weighs all classes alike; near 1, a class weighs the inverse of its
   *     count; the paper takes 0.9 to 0.9999
   * @param counts n: how often each class occurs in the training data, above 0
   * @return the weights
   * @throws IllegalArgumentException if beta or a count is out of range
   */
  public static PerClass balanced(double beta, long... counts) {
    if (!(beta >= 0 && beta < 1)) {
      throw new IllegalArgumentException("beta must be in [0, 1), but is " + beta);
    }
    double[] weights = new double[counts.length];
    for (int c = 0; c < counts.length; c++) {
      if (counts[c] <= 0) {
        throw new IllegalArgumentException(
            "class " + c + " occurs " + counts[c] + " times; leave it out or give it a weight");
      }
      // 1 - beta^n without the cancellation at beta near 1
      weights[c] = (1 - beta) / -Math.expm1(counts[c] * Math.log(beta));
    }
    double scale = counts.length / Arrays.stream(weights).sum();
    return each(Arrays.stream(weights).map(w -> w * scale).toArray());
  }

  static @Nullable PerClass weights(String loss, double @Nullable [] values) {
    return values == null ? null : each(values).within(loss + ": a class weight", Double.MAX_VALUE);
  }

  /** Refuses listed numbers outside [0, max]. */
  PerClass within(String what, double max) {
    for (double value : listed) {
      check(what, value, max, Arrays.toString(listed));
    }
    return new PerClass(
        c -> {
          double value = number.applyAsDouble(c);
          check(what, value, max, "class " + c);
          return value;
        },
        listed);
  }

  private static void check(String what, double value, double max, String where) {
    if (!(value >= 0 && value <= max)) {
      String range = max == Double.MAX_VALUE ? "0 or more" : "in [0, " + max + "]";
      throw new IllegalArgumentException(
          what + " must be " + range + ", but is " + value + " (" + where + ")");
    }
  }

  /** The numbers of C classes; a single one if they are all the same. */
  double[] of(String loss, long classes) {
    if (listed.length > 1 && listed.length != classes) {
      throw new IllegalArgumentException(
          loss
              + ": "
              + listed.length
              + " numbers are given, but there are "
              + classes
              + " classes");
    }
    double[] all = IntStream.range(0, Math.toIntExact(classes)).mapToDouble(number).toArray();
    boolean same = Arrays.stream(all).allMatch(value -> value == all[0]);
    return same ? Arrays.copyOf(all, 1) : all;
  }

  /** The numbers (1, C, 1, ...) beside arrays (N, C, ...); a scalar if they are all the same. */
  NDArray beside(String loss, NDArray array) {
    Shape shape = array.getShape();
    double[] all = of(loss, shape.dimension() > 1 ? shape.get(1) : 1);
    if (all.length == 1) {
      return ArrayLoss.constant(array, all[0]);
    }
    long[] perClass = new long[shape.dimension()];
    Arrays.fill(perClass, 1);
    perClass[1] = all.length;
    return ArrayLoss.constants(array, all).reshape(perClass);
  }
}
