package dev.fovea.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.fovea.loss.FocalLoss.Options;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every choice by itself; together they are compared with PyTorch in {@link ReferenceLossTest}. */
class FocalOptionsTest {

  private static final Offset<Double> EXACT = within(1e-12);
  private static final Options EACH = Options.DEFAULT.withReduction(Reduction.NONE);
  private static final Options SUM = Options.DEFAULT.withReduction(Reduction.SUM);

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void alpha_and_gamma_by_class_in_the_sigmoid_form_by_hand() {
    // p = 1/2: alpha_t (1/2)^gamma ln 2
    NDArray targets = manager.create(new float[] {1, 0}, new Shape(1, 2));
    FocalLoss loss = FocalLoss.sigmoid(EACH.withAlpha(0.25, 0.9).withGamma(1, 3));
    double[] got = LossProbe.of(loss, zeros(1, 2), targets).loss();
    assertThat(got[0]).isCloseTo(0.25 / 2 * Math.log(2), EXACT);
    assertThat(got[1]).isCloseTo(0.1 / 8 * Math.log(2), EXACT);
  }

  @Test
  void gamma_by_a_function_of_the_class_in_the_softmax_form_by_hand() {
    NDArray labels = manager.create(new long[] {0, 1});
    FocalLoss loss = FocalLoss.softmax(EACH.withGamma(c -> 1 + 2 * c));
    double[] got = LossProbe.of(loss, zeros(2, 2), labels).loss();
    assertThat(got[0]).isCloseTo(Math.log(2) / 2, EXACT);
    assertThat(got[1]).isCloseTo(Math.log(2) / 8, EXACT);
  }

  @Test
  void the_sum_is_divided_by_the_positives_or_by_1_if_there_are_none() {
    Options options = Options.DEFAULT.withGamma(0).withReduction(Reduction.POSITIVES);
    FocalLoss loss = FocalLoss.sigmoid(options.withIgnoreIndex(-1).withSmoothing(0.1));
    NDArray two = manager.create(new float[] {1, 0, 0, 1, -1, -1}, new Shape(3, 2));
    assertThat(LossProbe.of(loss, zeros(3, 2), two).loss()[0])
        .isCloseTo(4 * Math.log(2) / 2, EXACT);
    NDArray none = manager.zeros(new Shape(3, 2));
    assertThat(LossProbe.of(loss, zeros(3, 2), none).loss()[0]).isCloseTo(6 * Math.log(2), EXACT);
  }

  @Test
  void smoothing_of_the_sigmoid_form_moves_targets_towards_a_half() {
    NDArray x = manager.create(new double[] {1, -2}, new Shape(1, 2));
    NDArray hard = manager.create(new double[] {1, 0}, new Shape(1, 2));
    NDArray soft = manager.create(new double[] {0.9, 0.1}, new Shape(1, 2));
    LossProbe smoothed = LossProbe.of(FocalLoss.sigmoid(EACH.withSmoothing(0.2)), x, hard);
    LossProbe given = LossProbe.of(FocalLoss.sigmoid(EACH), x, soft);
    assertThat(smoothed.loss()).usingComparatorWithPrecision(1e-12).containsExactly(given.loss());
  }

  @Test
  void smoothing_of_the_softmax_form_is_a_soft_label() {
    NDArray x = manager.create(new double[] {1, -2, 0.5, 3}, new Shape(1, 4));
    NDArray soft = manager.create(new double[] {0.05, 0.05, 0.85, 0.05}, new Shape(1, 4));
    NDArray label = manager.create(new long[] {2});
    Options options = SUM.withAlpha(1, 2, 3, 4).withGamma(0.5);
    LossProbe smoothed = LossProbe.of(FocalLoss.softmax(options.withSmoothing(0.2)), x, label);
    LossProbe given = LossProbe.of(FocalLoss.softmax(options), x, soft);
    assertThat(smoothed.loss()[0]).isCloseTo(given.loss()[0], EXACT);
    assertThat(smoothed.gradient())
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(given.gradient());
  }

  @Test
  void a_one_hot_label_is_the_label() {
    NDArray x = manager.create(new Random(1).doubles(24, -9, 9).toArray(), new Shape(6, 4));
    NDArray labels = manager.create(new long[] {0, 1, 2, 3, 1, 0});
    NDArray oneHot = labels.oneHot(4).toType(DataType.FLOAT64, false);
    FocalLoss loss = FocalLoss.softmax(EACH.withAlpha(1, 2, 3, 4).withGamma(0.5, 1, 2, 0));
    LossProbe hard = LossProbe.of(loss, x, labels);
    LossProbe soft = LossProbe.of(loss, x, oneHot);
    assertThat(soft.loss()).usingComparatorWithPrecision(1e-12).containsExactly(hard.loss());
    assertThat(soft.gradient())
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(hard.gradient());
  }

  @Test
  void the_star_form_with_gamma_1_and_no_shift_is_cross_entropy() {
    NDArray x = manager.create(new Random(1).doubles(8, -5, 5).toArray(), new Shape(2, 4));
    NDArray labels = manager.create(new long[] {0, 3});
    LossProbe star = LossProbe.of(FocalLoss.softmax(SUM.withStar(0).withGamma(1)), x, labels);
    LossProbe entropy = LossProbe.of(new CrossEntropyLoss(null, null, 0, Reduction.SUM), x, labels);
    assertThat(star.loss()[0]).isCloseTo(entropy.loss()[0], EXACT);
    assertThat(star.gradient())
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(entropy.gradient());
  }

  /** (1 - .99) / (1 - .99 ** n), n = tensor([1000., 10, 100]), scaled to the sum 3. */
  @Test
  void classes_are_balanced_by_their_effective_number_of_samples() {
    assertThat(PerClass.balanced(0.99, 1000, 10, 100).of("", 3))
        .usingComparatorWithPrecision(1e-9)
        .containsExactly(0.23014715975603145, 2.406841855617004, 0.3630109846269649);
    assertThat(PerClass.balanced(0, 7, 1, 20).of("", 3)).containsExactly(1); // all alike
    double[] inverse = PerClass.balanced(1 - 1e-12, 1, 3).of("", 2);
    assertThat(inverse).usingComparatorWithPrecision(1e-6).containsExactly(1.5, 0.5);
  }

  @Test
  void one_weight_for_a_sample_or_a_class_reaches_all_that_it_covers() {
    NDArray targets = manager.ones(new Shape(2, 3));
    FocalLoss loss = FocalLoss.sigmoid(EACH.withGamma(0));
    NDArray perSample = manager.create(new double[] {1, 2});
    NDArray perClass = manager.create(new double[] {1, 0, 3}, new Shape(1, 3));
    double ln2 = Math.log(2);
    assertThat(loss.apply(zeros(2, 3), targets, perSample).toDoubleArray())
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(ln2, ln2, ln2, 2 * ln2, 2 * ln2, 2 * ln2);
    assertThat(loss.apply(zeros(2, 3), targets, perClass).toDoubleArray())
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(ln2, 0, 3 * ln2, ln2, 0, 3 * ln2);
  }

  @Test
  void options_are_values() {
    assertThat(Options.DEFAULT.withSmoothing(0.1).withSmoothing(0)).isEqualTo(Options.DEFAULT);
    assertThat(Options.DEFAULT.smoothing()).isZero();
  }

  @Test
  void refuses_what_makes_no_sense() {
    NDArray x = zeros(2, 2);
    NDArray half = x.add(0.5);
    NDArray labels = manager.create(new long[] {0, 1});
    Options star = SUM.withStar(0);
    refused(() -> SUM.withSmoothing(1.5), "smoothing must be in [0, 1], but is 1.5");
    refused(() -> SUM.withGamma(), "No number is given");
    refused(() -> FocalLoss.sigmoid(SUM.withGamma(1, -2)), "gamma must be 0 or more, but is -2.0");
    refused(
        () -> FocalLoss.softmax(SUM.withGamma(c -> -c)).apply(x, labels),
        "SoftmaxFocalLoss: gamma must be 0 or more, but is -1.0 (class 1)");
    refused(
        () -> FocalLoss.sigmoid(SUM.withAlpha(PerClass.balanced(0.9, 1, 100))), "alpha must be in");
    refused(() -> FocalLoss.softmax(SUM.withReduction(Reduction.POSITIVES)), "have no positives");
    refused(
        () -> FocalLoss.sigmoid(star).apply(x, half), "star form needs targets that are 0 or 1");
    refused(() -> FocalLoss.softmax(star.withGamma(0)).apply(x, labels), "gamma must be above 0");
    refused(() -> PerClass.balanced(1, 5), "beta must be in [0, 1), but is 1.0");
    refused(() -> PerClass.balanced(0.9, 5, 0), "class 1 occurs 0 times");
    refused(
        () -> FocalLoss.softmax(SUM).apply(x, labels, manager.create(new float[] {1, -1})),
        "weights must be 0 or more");
    refused(
        () -> FocalLoss.softmax(SUM).apply(x, labels, manager.ones(new Shape(3))),
        "weights (3) do not fit losses (2)");
  }

  private static void refused(Runnable call, String reason) {
    assertThatThrownBy(call::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  private NDArray zeros(long... shape) {
    return manager.zeros(new Shape(shape), DataType.FLOAT64);
  }
}
