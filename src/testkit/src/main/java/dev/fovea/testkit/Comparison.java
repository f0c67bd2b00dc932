package dev.fovea.testkit;

import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Where two tensors of one shape deviate from each other, the largest deviation first. */
final class Comparison {

  private static final int SHOWN = 5;

  private final Tensor got;
  private final Tensor expected;
  private final String bound;
  private final List<Integer> deviating;

  private Comparison(Tensor got, Tensor expected, String bound, IntToDoubleFunction allowed) {
    this.got = got;
    this.expected = expected;
    this.bound = bound;
    deviating =
        IntStream.range(0, got.size())
            .filter(i -> deviation(i) != 0)
            .filter(
                i -> !Double.isFinite(expected.at(i)) || deviation(i) > allowed.applyAsDouble(i))
            .boxed()
            .sorted((i, j) -> Double.compare(deviation(j), deviation(i)))
            .toList();
  }

  /** Every element within {@code relative * |expected| + absolute}. */
  static Comparison each(Tensor got, Tensor expected, double relative, double absolute) {
    return new Comparison(
        got,
        expected,
        relative + " x |expected| + " + absolute,
        i -> relative * Math.abs(expected.at(i)) + absolute);
  }

  /** Every element within {@code relative * max |expected| + absolute}. */
  static Comparison overall(Tensor got, Tensor expected, double relative, double absolute) {
    double allowed = relative * expected.largestFinite() + absolute;
    return new Comparison(got, expected, String.format(Locale.ROOT, "%.3g", allowed), i -> allowed);
  }

  private double deviation(int i) {
    if (Double.compare(got.at(i), expected.at(i)) == 0) {
      return 0; // equal infinities, NaN where NaN is expected
    }
    double difference = Math.abs(got.at(i) - expected.at(i));
    return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
  }

  boolean holds() {
    return deviating.isEmpty();
  }

  List<Integer> deviating() {
    return deviating;
  }

  /**
   * Fails unless the tensors agree.
   *
   * @param what the subject of the message
   * @param gotName what the first tensor is called
   * @param expectedName what the second is called
   * @param advice the end of the message
   */
  void check(String what, String gotName, String expectedName, String advice) {
    if (!holds()) {
      throw new AssertionError(what + ": " + describe(gotName, expectedName) + advice);
    }
  }

  String describe(String gotName, String expectedName) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            "%d of %d elements of %s deviate by more than %s; the largest:",
            deviating.size(), got.size(), got.shape(), bound));
    for (int i : deviating.subList(0, Math.min(SHOWN, deviating.size()))) {
      text.append(
          String.format(
              "%n  %s: %s %s, %s %s",
              got.index(i), gotName, got.at(i), expectedName, expected.at(i)));
    }
    return text.append(pattern(gotName, expectedName)).toString();
  }

  /** What the deviations have in common: all zero, or a factor. */
  private String pattern(String gotName, String expectedName) {
    if (got.largest() == 0) {
      return String.format("%n%s is 0 everywhere", gotName);
    }
    double factor = got.dot(expected) / expected.dot(expected);
    Tensor scaled = expected.map(x -> factor * x);
    boolean telling = got.size() > 1 || isWhole(factor) || isWhole(1 / factor);
    if (telling && overall(got, scaled, 1e-5, 0).holds()) {
      return String.format(
          Locale.ROOT, "%n%s = %.6g x %s throughout", gotName, factor, expectedName);
    }
    return "";
  }

  private static boolean isWhole(double x) {
    return Math.abs(x - Math.rint(x)) <= 1e-6 * Math.abs(x);
  }
}
