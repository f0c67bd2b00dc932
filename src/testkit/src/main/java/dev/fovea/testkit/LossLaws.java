package dev.fovea.testkit;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Locale;
import java.util.function.BinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** How the losses of related inputs are related. */
final class LossLaws {

  private final BinaryOperator<NDArray> loss;
  private final LossInputs inputs;
  private final Reduction reduction;
  private final @Nullable BinaryOperator<NDArray> singleLosses;

  LossLaws(
      BinaryOperator<NDArray> loss,
      LossInputs inputs,
      Reduction reduction,
      @Nullable BinaryOperator<NDArray> singleLosses) {
    this.loss = loss;
    this.inputs = inputs;
    this.reduction = reduction;
    this.singleLosses = singleLosses;
  }

  void addTo(Checks checks) {
    checks.add("has the shape of its reduction", this::shape);
    checks.add("prefers right answers", this::rightAnswers);
    checks.add("does not depend on the order of the batch", this::order);
    if (reduction != Reduction.JOINT) {
      checks.add("makes of a batch what it makes of its parts", this::parts);
      checks.add("treats all axes of positions alike", this::axes);
    }
    if (singleLosses != null) {
      checks.add("is reduced from single losses", this::single);
    }
    if (inputs.ignored() != null) {
      checks.add("leaves ignored positions out", this::ignored);
      checks.add("is zero where everything is ignored", this::allIgnored);
    }
  }

  private Evaluation of(Sample sample) {
    return Evaluation.of(loss, sample, DataType.FLOAT64);
  }

  private static void same(String what, Tensor got, Tensor expected, String advice) {
    Comparison.overall(got, expected, 1e-9, 1e-12).check(what, "got", "expected", advice);
  }

  private void shape() {
    Tensor value = of(inputs.sample()).value();
    if (reduction == Reduction.NONE ? value.size() == 1 : value.size() != 1) {
      throw new AssertionError(
          "the result has shape " + value.shape() + ", which does not fit reduction " + reduction);
    }
  }

  private void rightAnswers() {
    double right = of(inputs.right()).value().sum();
    double wrong = of(inputs.wrong()).value().sum();
    if (!(right < wrong)) {
      throw new AssertionError(
          "right answers cost " + right + ", wrong ones " + wrong + ": is the sign wrong?");
    }
  }

  private void order() {
    Sample sample = inputs.sample();
    int[] reverse = IntStream.range(0, sample.batch()).map(i -> sample.batch() - 1 - i).toArray();
    Evaluation usual = of(sample);
    Evaluation reversed = of(sample.map(tensor -> tensor.rows(reverse)));
    Tensor value = usual.value();
    String what = " of the reversed batch";
    same(
        "value" + what,
        reversed.value(),
        reduction == Reduction.NONE ? value.rows(reverse) : value,
        "");
    same("gradient" + what, reversed.gradient(), usual.gradient().rows(reverse), "");
  }

  /** A mean of the whole is w times that of a part and 1 - w times that of the rest. */
  private void parts() {
    Sample sample = inputs.sample();
    int half = sample.batch() / 2;
    Evaluation whole = of(sample);
    Evaluation first = of(sample.rows(0, half));
    Evaluation rest = of(sample.rows(half, sample.batch()));
    double share = 1;
    double others = 1;
    if (reduction == Reduction.MEAN) {
      share = share(whole, first, rest);
      others = 1 - share;
    }
    String advice =
        reduction == Reduction.MEAN
            ? String.format(
                Locale.ROOT, "%nas a weighted mean of its parts, the first weighing %.6g", share)
            : "";
    same(
        "gradient of the batch",
        whole.gradient(),
        first.gradient().map(times(share)).then(rest.gradient().map(times(others))),
        advice);
    Tensor a = first.value().map(times(share));
    Tensor b = rest.value().map(times(others));
    same(
        "value of the batch",
        whole.value(),
        reduction == Reduction.NONE ? a.then(b) : a.plus(b, 1),
        advice);
  }

  /** What the first part weighs in a weighted mean, if it is one. */
  private static double share(Evaluation whole, Evaluation first, Evaluation rest) {
    Tensor gradient = first.gradient();
    double square = gradient.dot(gradient);
    if (square > 0) {
      return gradient.dot(whole.gradient()) / square; // over the elements of the first part
    }
    double span = first.value().sum() - rest.value().sum();
    double share = span == 0 ? 0 : (whole.value().sum() - rest.value().sum()) / span;
    return Math.min(1, Math.max(0, share));
  }

  private static DoubleUnaryOperator times(double factor) {
    return x -> factor * x;
  }

  private void axes() {
    Sample sample = inputs.sample();
    Tensor usual = of(sample).value();
    for (int axis = 0; axis < inputs.shape().dimension(); axis++) {
      if (inputs.hasPositionsAlong(axis)) {
        int labelAxis = inputs.labelAxis(axis);
        Sample twice =
            new Sample(
                sample.predictions().repeated(axis),
                sample.labels().repeated(labelAxis),
                sample.labelType());
        Tensor expected =
            switch (reduction) {
              case NONE -> usual.repeated(usual.shape().equals(inputs.shape()) ? axis : labelAxis);
              case SUM -> usual.map(times(2));
              default -> usual;
            };
        same(
            "value of a batch with everything twice along axis " + axis,
            of(twice).value(),
            expected,
            String.format("%nis the %s taken over the wrong axes?", reduction));
      }
    }
  }

  private void single() {
    Sample sample = inputs.sample();
    Evaluation single = Evaluation.of(requireNonNull(singleLosses), sample, DataType.FLOAT64);
    Evaluation whole = of(sample);
    long counted =
        IntStream.range(0, sample.labels().size())
            .filter(i -> inputs.ignored() == null || sample.labels().at(i) != inputs.ignored())
            .count();
    double count =
        inputs.ignored() == null || inputs.kind() == Labels.BOXES ? single.value().size() : counted;
    double factor = reduction == Reduction.MEAN ? 1 / count : 1;
    String advice = String.format("%nas the %s of %s single losses", reduction, (long) count);
    same("value", whole.value(), whole.value().map(any -> single.value().sum() * factor), advice);
    same("gradient", whole.gradient(), single.gradient().map(times(factor)), advice);
  }

  private void ignored() {
    Sample sample = inputs.sample();
    double marker = requireNonNull(inputs.ignored());
    Evaluation usual = of(sample);
    Tensor gradient = usual.gradient();
    Tensor predictions = sample.predictions();
    for (int i = 0; i < gradient.size(); i++) {
      if (sample.labelOf(predictions, i) == marker && gradient.at(i) != 0) {
        throw new AssertionError(
            String.format(
                "position %s is ignored (label %s), but its gradient is %s",
                gradient.index(i), marker, gradient.at(i)));
      }
    }
    Tensor other =
        predictions.mapIndex(
            i -> sample.labelOf(predictions, i) == marker ? 20 : predictions.at(i));
    String what = " after predictions changed at ignored positions";
    Evaluation changed = of(sample.withPredictions(other));
    same("value" + what, changed.value(), usual.value(), "");
    same("gradient" + what, changed.gradient(), usual.gradient(), "");
    if (reduction != Reduction.NONE) {
      Sample without = sample.rows(0, sample.batch() - 1);
      int kept = without.labels().size();
      Tensor labels = sample.labels().mapIndex(i -> i < kept ? sample.labels().at(i) : marker);
      same(
          "value of a batch whose last row is ignored",
          of(sample.withLabels(labels)).value(),
          of(without).value(),
          String.format("%nas without that row; do ignored positions count in the mean?"));
    }
  }

  private void allIgnored() {
    Sample sample = inputs.sample();
    double marker = requireNonNull(inputs.ignored());
    Evaluation got = of(sample.withLabels(sample.labels().map(any -> marker)));
    if (got.value().map(Math::abs).sum() != 0 || got.gradient().map(Math::abs).sum() != 0) {
      throw new AssertionError(
          String.format(
              "a batch in which everything is ignored has the loss %s and a gradient of up to %s",
              got.value().sum(), got.gradient().largest()));
    }
  }

  /** The loss does not change when every logit of a position grows by the same. */
  void shift() {
    Sample sample = inputs.sample();
    unchanged(
        "after 7 was added to every logit",
        sample.withPredictions(sample.predictions().map(x -> x + 7)));
  }

  /** The loss does not change when predictions and labels grow by the same factor. */
  void scale() {
    unchanged("of everything four times as large", inputs.sample().map(t -> t.map(times(4))));
  }

  /** To six digits: an epsilon in a denominator is no fault. */
  private void unchanged(String how, Sample changed) {
    Comparison.overall(of(changed).value(), of(inputs.sample()).value(), 1e-6, 0)
        .check("value " + how, "got", "expected", "");
  }
}
