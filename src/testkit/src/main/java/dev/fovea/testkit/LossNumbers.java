package dev.fovea.testkit;

import static java.util.Objects.requireNonNullElse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Whether the numbers of a loss are right, and whether they are numbers. */
final class LossNumbers {

  private final BinaryOperator<NDArray> loss;
  private final LossInputs inputs;
  private final Reduction reduction;

  LossNumbers(BinaryOperator<NDArray> loss, LossInputs inputs, Reduction reduction) {
    this.loss = loss;
    this.inputs = inputs;
    this.reduction = reduction;
  }

  void addTo(Checks checks) {
    checks.add("has the gradient of finite differences", this::gradient);
    checks.add("stays finite for extreme predictions", this::extreme);
    checks.add("computes the same in float32 and float64", this::precisions);
    checks.add("takes labels of every usual type", this::labelTypes);
    checks.add("takes an empty batch", this::emptyBatch);
    if (!inputs.uniformLabels().isEmpty()) {
      checks.add("takes labels that are all the same", this::uniformLabels);
    }
  }

  void golden(String name) {
    try (LossFixture fixture = LossFixture.load(name)) {
      golden(fixture);
    }
  }

  private void golden(LossFixture fixture) {
    DataType labelType = fixture.labels().getDataType();
    Sample sample =
        new Sample(
            Tensor.of(fixture.predictions()),
            Tensor.of(fixture.labels()),
            labelType.isFloating() ? null : labelType);
    Evaluation got = Evaluation.of(loss, sample, DataType.FLOAT64);
    Tensor value = Tensor.of(fixture.expectedLoss());
    double divisor = reduction == Reduction.MEAN ? counted(sample, fixture) : 1;
    boolean whole = reduction == Reduction.MEAN || reduction == Reduction.SUM;
    Tensor expected = whole ? Tensor.scalar(value.sum() / divisor) : value;
    if (got.value().size() != expected.size()) {
      throw new AssertionError(
          "golden case "
              + fixture.name()
              + ": the result has shape "
              + got.value().shape()
              + ", expected "
              + expected.shape());
    }
    close("value", fixture, sample, got.value(), expected.as(got.value().shape()));
    Tensor gradient = Tensor.of(fixture.expectedGradient()).map(x -> x / divisor);
    close("gradient", fixture, sample, got.gradient(), gradient);
  }

  private static double counted(Sample sample, LossFixture fixture) {
    Object ignored = requireNonNullElse(fixture.parameters().get("ignore_index"), Double.NaN);
    return IntStream.range(0, Tensor.of(fixture.expectedLoss()).size())
        .filter(i -> !ignored.equals(sample.labels().at(i)))
        .count();
  }

  private static void close(
      String what, LossFixture fixture, Sample sample, Tensor got, Tensor expected) {
    Comparison comparison = Comparison.each(got, expected, 1e-6, 1e-9);
    comparison.check(
        what + " of golden case " + fixture.name(),
        "got",
        "expected",
        commonLabel(sample, got, comparison));
  }

  /** If the deviations are all at positions of one label, that is where to look. */
  private static String commonLabel(Sample sample, Tensor tensor, Comparison comparison) {
    if (tensor.size() < sample.labels().size() || !(sample.labelType() != null || binary(sample))) {
      return "";
    }
    Set<Double> labels = new TreeSet<>();
    comparison.deviating().forEach(i -> labels.add(sample.labelOf(tensor, i)));
    return labels.size() == 1
        ? String.format("%nall of them where the label is %s", labels.iterator().next())
        : "";
  }

  private static boolean binary(Sample sample) {
    return IntStream.range(0, sample.labels().size())
        .mapToDouble(sample.labels()::at)
        .allMatch(x -> x == 0 || x == 1);
  }

  private void gradient() {
    Sample sample = inputs.sample();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray labels = sample.labels(manager, DataType.FLOAT64);
      Tensor gradient =
          GradientCheck.of(x -> loss.apply(x, labels)).at(manager, sample.predictions());
      if (gradient.largest() == 0) {
        throw new AssertionError("gradient: the loss does not depend on the predictions");
      }
    }
  }

  private void extreme() {
    for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
      checkFinite(inputs.extreme(), type);
    }
  }

  private void uniformLabels() {
    for (double label : inputs.uniformLabels()) {
      Sample sample = inputs.sample();
      checkFinite(sample.withLabels(sample.labels().map(any -> label)), DataType.FLOAT32);
    }
  }

  private void checkFinite(Sample sample, DataType type) {
    Evaluation got = Evaluation.of(loss, sample, type);
    List<String> bad = new ArrayList<>();
    report(bad, "value", got.value(), sample);
    report(bad, "gradient", got.gradient(), sample);
    if (!bad.isEmpty()) {
      throw new AssertionError(
          String.format(
              "%d elements are not finite in %s:%n  %s",
              bad.size(),
              type,
              String.join(String.format("%n  "), bad.subList(0, Math.min(10, bad.size())))));
    }
  }

  private static void report(List<String> bad, String what, Tensor tensor, Sample sample) {
    Tensor predictions = sample.predictions();
    for (int i = 0; i < tensor.size(); i++) {
      if (!Double.isFinite(tensor.at(i))) {
        String place =
            tensor.size() == predictions.size()
                ? " (prediction " + predictions.at(i) + ", label " + sample.labelOf(tensor, i) + ")"
                : "";
        bad.add(what + tensor.index(i) + " is " + tensor.at(i) + place);
      }
    }
  }

  private void precisions() {
    Sample sample = inputs.sample();
    Evaluation exact = Evaluation.of(loss, sample, DataType.FLOAT64);
    Evaluation rounded = Evaluation.of(loss, sample, DataType.FLOAT32);
    if (rounded.type() != DataType.FLOAT32) {
      throw new AssertionError("float32 predictions give a result of type " + rounded.type());
    }
    same("float32", rounded, "float64", exact, 1e-4, 1e-5);
  }

  private void labelTypes() {
    Sample usual = inputs.sample();
    Evaluation expected = null;
    for (DataType type : inputs.labelTypes()) {
      Evaluation got = accepted(usual.with(type));
      if (expected == null) {
        expected = got;
      } else if (got != null) {
        same("labels " + type, got, "labels " + inputs.labelTypes().get(0), expected, 1e-6, 1e-7);
      }
    }
  }

  private static void same(
      String gotName,
      Evaluation got,
      String expectedName,
      Evaluation expected,
      double relative,
      double absolute) {
    Comparison.overall(got.value(), expected.value(), relative, absolute)
        .check("value", gotName, expectedName, "");
    Comparison.overall(got.gradient(), expected.gradient(), 10 * relative, absolute)
        .check("gradient", gotName, expectedName, "");
  }

  private void emptyBatch() {
    Evaluation got = accepted(inputs.sample().rows(0, 0));
    if (got != null && !got.isFinite()) {
      throw new AssertionError("an empty batch gives " + got.value().at(0) + " instead of 0");
    }
  }

  /** Null if the loss refuses the sample with an IllegalArgumentException, as it may. */
  private @Nullable Evaluation accepted(Sample sample) {
    try {
      return Evaluation.of(loss, sample, DataType.FLOAT32);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
