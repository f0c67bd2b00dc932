package dev.fovea.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.fovea.loss.FocalLoss.Options;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FocalLossTest {

  private static final Offset<Double> EXACT = within(1e-9);

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void sigmoid_form_by_hand() {
    // x = 0: p = 1/2. Target 1: 0.25 * (1/2)^2 * ln 2; target 0: 0.75 * (1/2)^2 * ln 2.
    LossProbe got = sigmoid(FocalLoss.sigmoid(0.25, 2, Reduction.NONE), row(0, 0), row(1, 0));
    assertThat(got.loss()[0]).isCloseTo(0.0625 * Math.log(2), EXACT);
    assertThat(got.loss()[1]).isCloseTo(0.1875 * Math.log(2), EXACT);
  }

  @Test
  void softmax_form_by_hand() {
    // p = (1/5, 4/5): 0.3 * (4/5)^3 * ln 5.
    NDArray logits = manager.create(new double[] {0, Math.log(4)}, new Shape(1, 2));
    FocalLoss loss = FocalLoss.softmax(new double[] {0.3, 9}, 3, null, Reduction.SUM);
    LossProbe got = LossProbe.of(loss, logits, manager.create(new int[] {0}));
    assertThat(got.loss()[0]).isCloseTo(0.3 * 0.512 * Math.log(5), EXACT);
  }

  @Test
  void sigmoid_form_takes_soft_targets_as_torchvision_does() {
    LossProbe got =
        sigmoid(
            FocalLoss.sigmoid(0.25, 1.5, Reduction.NONE),
            row(-3, -1, 0, 1, 3),
            row(0.1, 0.5, 0.9, 0.3, 1));
    assertThat(got.loss())
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(
            0.012501101927933371,
            0.1437657135308376,
            0.07351936076014104,
            0.27721786421205535,
            0.000125454498597092);
    assertThat(got.gradient())
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(
            0.003027627877913822,
            -0.04084577195015039,
            -0.08653802332727747,
            0.17313454821293978,
            -0.00030171257878575466);
  }

  @Test
  void soft_targets_are_finite_for_extreme_logits() {
    LossProbe got =
        sigmoid(
            FocalLoss.sigmoid(-1, 0.5, Reduction.NONE),
            row(1e4, 1e4, -1e4, -1e4, 1e4, -1e4),
            row(0, 1, 0, 1, 0.3, 0.3));
    assertThat(DoubleStream.of(got.loss())).allMatch(Double::isFinite);
    assertThat(DoubleStream.of(got.gradient())).allMatch(Double::isFinite);
    assertThat(got.loss()[0]).isEqualTo(1e4);
    assertThat(got.loss()[1]).isZero();
  }

  @Test
  void gamma_0_without_alpha_is_cross_entropy() {
    NDArray logits =
        manager.create(new Random(1).doubles(60, -5, 5).toArray(), new Shape(2, 5, 2, 3));
    NDArray labels = manager.create(new long[] {0, 4, 9, 1, 2, 3, 1, 9, 0, 0, 4, 2});
    labels = labels.reshape(2, 2, 3);
    double[] weights = {1, 0.5, 3, 0.1, 2};
    LossProbe focal = LossProbe.of(softmax(weights, 0), logits, labels);
    LossProbe entropy =
        LossProbe.of(new CrossEntropyLoss(weights, 9, 0, Reduction.SUM), logits, labels);
    assertThat(focal.loss()[0]).isCloseTo(entropy.loss()[0], within(1e-7));
    assertThat(focal.gradient())
        .usingComparatorWithPrecision(1e-8)
        .containsExactly(entropy.gradient());
  }

  private static FocalLoss softmax(double[] weights, double gamma) {
    return FocalLoss.softmax(weights, gamma, 9, Reduction.SUM);
  }

  @Test
  void two_exclusive_classes_are_one_decision() {
    NDArray pair = manager.create(new double[] {0, 1.3, 0, -0.4}, new Shape(2, 2));
    LossProbe softmax =
        LossProbe.of(
            FocalLoss.softmax(null, 1.7, null, Reduction.NONE),
            pair,
            manager.create(new long[] {1, 0}));
    LossProbe sigmoid =
        sigmoid(FocalLoss.sigmoid(-1, 1.7, Reduction.NONE), row(1.3, -0.4), row(1, 0));
    assertThat(softmax.loss()).usingComparatorWithPrecision(1e-12).containsExactly(sigmoid.loss());
  }

  /** Against appendix B in Java doubles, in both precisions and all forms. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.5, 0.9, 2})
  void value_and_gradient_are_right_up_to_the_largest_logits(double gamma) {
    double[] x = {-1e4, -100, -20, -3, 0, 3, 17, 20, 40, 100, 1e4};
    Options options = Options.DEFAULT.withGamma(gamma).withReduction(Reduction.NONE);
    for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
      NDArray logits = manager.create(x).toType(type, false);
      NDArray ones = manager.ones(logits.getShape());
      assertExact(x, gamma, type, LossProbe.of(FocalLoss.sigmoid(options), logits, ones), 1);
      NDArray pairs = logits.expandDims(1).concat(logits.zerosLike().expandDims(1), 1);
      NDArray first = manager.zeros(new Shape(x.length), DataType.INT64);
      FocalLoss softmax = FocalLoss.softmax(options);
      assertExact(x, gamma, type, LossProbe.of(softmax, pairs, first), 2);
      NDArray oneHot = pairs.zerosLike().add(manager.create(new int[] {1, 0}));
      assertExact(x, gamma, type, LossProbe.of(softmax, pairs, oneHot), 2);
    }
  }

  private static void assertExact(
      double[] x, double gamma, DataType type, LossProbe got, int step) {
    // beyond this a float has lost digits, or is 0
    double tiny = type == DataType.FLOAT32 ? 1e-36 : 1e-300;
    for (int i = 0; i < x.length; i++) {
      double minusLog = x[i] < 0 ? Math.log1p(Math.exp(x[i])) - x[i] : Math.log1p(Math.exp(-x[i]));
      double rest = 1 / (1 + Math.exp(x[i])); // 1 - p_t
      double value = Math.pow(rest, gamma) * minusLog;
      double slope = -Math.pow(rest, gamma) * (gamma * Math.exp(-minusLog) * minusLog + rest);
      assertThat(got.loss()[i]).isCloseTo(value, within(1e-6 * value + tiny));
      assertThat(got.gradient()[step * i]).isCloseTo(slope, within(1e-6 * Math.abs(slope) + tiny));
    }
  }

  @Test
  void mean_is_over_what_is_not_ignored() {
    NDArray logits = manager.create(new double[] {0, 0, 0, 0, 0, 0}, new Shape(3, 2));
    NDArray labels = manager.create(new long[] {1, 7, 0});
    FocalLoss loss = FocalLoss.softmax(new double[] {1, 3}, 0, 7, Reduction.MEAN);
    assertThat(LossProbe.of(loss, logits, labels).loss()[0]).isCloseTo(2 * Math.log(2), EXACT);
  }

  @Test
  void refuses_what_it_cannot_compute() {
    NDArray logits = manager.create(new double[] {0, 0, 0, 0}, new Shape(2, 2));
    FocalLoss softmax = FocalLoss.softmax(null, 2, 255, Reduction.MEAN);
    FocalLoss sigmoid = FocalLoss.sigmoid(0.25, 2, Reduction.MEAN);
    assertRefused(() -> FocalLoss.sigmoid(0.25, -1, Reduction.SUM), "gamma must be 0 or more");
    assertRefused(
        () -> FocalLoss.sigmoid(1.5, 2, Reduction.SUM), "alpha must be in [0, 1.0], but is 1.5");
    assertRefused(
        () -> softmax(new double[] {1, -1}, 2),
        "alpha must be 0 or more, but is -1.0 ([1.0, -1.0])");
    assertRefused(
        () -> softmax.apply(logits, manager.create(new long[] {0, 2})),
        "label 2 is not a class; labels must be 0 to 1 or the ignore index 255");
    assertRefused(
        () -> softmax.apply(logits, manager.create(new long[] {-1, 0})), "label -1 is not a class");
    assertRefused(
        () -> softmax.apply(logits, manager.create(new float[] {0.5f, 0})), "whole numbers");
    assertRefused(
        () -> softmax.apply(logits, manager.create(new long[] {1})), "need labels (2), not (1)");
    assertRefused(
        () -> sigmoid.apply(logits, manager.create(new long[] {1})), "need targets (2, 2)");
    assertRefused(() -> sigmoid.apply(logits, logits.add(2)), "targets must be in [0, 1]");
    assertRefused(
        () -> sigmoid.apply(logits.toType(DataType.INT64, false), logits), "floating-point");
    assertRefused(
        () -> softmax(new double[] {1, 2, 3}, 1).apply(logits, manager.create(new long[] {0, 1})),
        "3 numbers are given, but there are 2 classes");
  }

  private static void assertRefused(Runnable call, String reason) {
    assertThatThrownBy(call::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  private LossProbe sigmoid(FocalLoss loss, NDArray logits, NDArray targets) {
    return LossProbe.of(loss, logits, targets);
  }

  private NDArray row(double... values) {
    return manager.create(values);
  }
}
