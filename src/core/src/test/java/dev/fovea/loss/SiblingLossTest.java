package dev.fovea.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A value by hand and a limit for every loss that has no test of its own. */
class SiblingLossTest {

  private static final Offset<Double> EXACT = within(1e-12);
  private static final Reduction NONE = Reduction.NONE;
  private static final Reduction SUM = Reduction.SUM;
  private static final double LN2 = Math.log(2);

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void binary_cross_entropy() {
    // p = 1/2
    double[] weights = {3, 5};
    NDArray targets = doubles(1, 2, 1, 0);
    assertThat(each(new BinaryCrossEntropyLoss(weights, null, NONE), zeros(1, 2), targets))
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(3 * LN2, LN2);
    // no focusing, no weights
    LossProbe focal = LossProbe.of(FocalLoss.sigmoid(-1, 0, NONE), random(), hard());
    LossProbe got = LossProbe.of(new BinaryCrossEntropyLoss(null, null, NONE), random(), hard());
    assertThat(got.loss()).usingComparatorWithPrecision(1e-9).containsExactly(focal.loss());
  }

  @Test
  void regions() {
    // p = 1/2, labels 0 0 0 1. TP 3/2, 1/2; FP 1/2, 3/2; FN 3/2, 1/2.
    NDArray labels = manager.create(new long[] {0, 0, 0, 1});
    double jaccard = 1 - (2.5 / 4.5 + 1.5 / 3.5) / 2;
    assertThat(each(new JaccardLoss(1, null), zeros(4, 2), labels)[0]).isCloseTo(jaccard, EXACT);
    double first = 1 - 2.5 / (2.5 + 0.3 * 0.5 + 0.7 * 1.5);
    double second = 1 - 1.5 / (1.5 + 0.3 * 1.5 + 0.7 * 0.5);
    assertThat(each(new TverskyLoss(0.3, 0.7, 1, null), zeros(4, 2), labels)[0])
        .isCloseTo((first + second) / 2, EXACT);
    assertThat(each(TverskyLoss.focal(0.3, 0.7, 1, 2, null), zeros(4, 2), labels)[0])
        .isCloseTo((first * first + second * second) / 2, EXACT);
  }

  @Test
  void tversky_is_dice_or_jaccard_or_its_own_focal_form() {
    NDArray labels = manager.create(new long[] {0, 1, 2, 1, 0, 0});
    double dice = each(new DiceLoss(2, null), random(), labels)[0];
    double jaccard = each(new JaccardLoss(1, null), random(), labels)[0];
    double tversky = each(new TverskyLoss(0.3, 0.7, 1, null), random(), labels)[0];
    assertThat(each(new TverskyLoss(0.5, 0.5, 1, null), random(), labels)[0])
        .isCloseTo(dice, EXACT);
    assertThat(each(new TverskyLoss(1, 1, 1, null), random(), labels)[0]).isCloseTo(jaccard, EXACT);
    assertThat(each(TverskyLoss.focal(0.3, 0.7, 1, 1, null), random(), labels)[0])
        .isCloseTo(tversky, EXACT);
  }

  @Test
  void lovasz() {
    // Labels 1 0 with p_0 = 1/2 3/4. Class 0: first a false positive of 1/2, then a miss of 1/4; J
    // goes 0 1/2 1. Class 1: first a miss of 1/2, then a false positive of 1/4; J goes 0 1 1.
    NDArray x = doubles(2, 2, 0, 0, Math.log(3), 0);
    NDArray labels = manager.create(new long[] {1, 0});
    LovaszLoss softmax = LovaszLoss.softmax(LovaszLoss.Classes.ALL, false, null);
    assertThat(each(softmax, x, labels)[0]).isCloseTo((0.5 / 2 + 0.25 / 2 + 0.5) / 2, EXACT);
    // hinge: errors 1 - 0 and max(0, 1 - 3)
    NDArray two = doubles(1, 2, 0, -3);
    assertThat(each(LovaszLoss.hinge(false, null), two, doubles(1, 2, 1, 0))[0])
        .isCloseTo(1, EXACT);
    // beyond the margin there is no loss
    NDArray right = hard().mul(2).sub(1).mul(7);
    assertThat(each(LovaszLoss.hinge(true, null), right, hard())[0]).isZero();
  }

  @Test
  void lovasz_of_hard_errors_is_the_jaccard_loss() {
    NDArray x = doubles(4, 2, 900, 0, 900, 0, 0, 900, 0, 900);
    NDArray labels = manager.create(new long[] {0, 1, 1, 1}); // IoU 1/2 and 2/3
    LovaszLoss loss = LovaszLoss.softmax(LovaszLoss.Classes.PRESENT, false, null);
    assertThat(each(loss, x, labels)[0]).isCloseTo((1 / 2.0 + 1 / 3.0) / 2, EXACT);
  }

  @Test
  void hard_examples() {
    // p of the labels: 1/2, 3/4, 9/10
    NDArray x = doubles(3, 2, 0, 0, Math.log(3), 0, Math.log(9), 0);
    NDArray labels = manager.create(new long[] {0, 0, 0});
    double a = LN2;
    double b = Math.log(4 / 3.0);
    double c = Math.log(10 / 9.0);
    assertThat(each(new OhemCrossEntropyLoss(0.6, 0, null), x, labels)[0]).isCloseTo(a, EXACT);
    assertThat(each(new OhemCrossEntropyLoss(1, 0, null), x, labels)[0])
        .isCloseTo((a + b + c) / 3, EXACT);
    NDArray map = x.transpose().reshape(1, 2, 3);
    assertThat(each(new OhemCrossEntropyLoss(0.1, 2, null), map, labels.reshape(1, 3))[0])
        .isCloseTo((a + b) / 2, EXACT);
    assertThat(each(new OhemCrossEntropyLoss(0.1, 99, null), map, labels.reshape(1, 3))[0])
        .isCloseTo((a + b + c) / 3, EXACT);
  }

  @Test
  void smooth_l1() {
    NDArray zero = zeros(1, 3);
    NDArray x = doubles(1, 3, 0.5, -2, 3);
    assertThat(each(new SmoothL1Loss(2, NONE), x, zero)).containsExactly(0.0625, 1, 2);
    assertThat(each(new SmoothL1Loss(0, NONE), x, zero)).containsExactly(0.5, 2, 3);
  }

  /** torchvision.ops, the values of the first test of every overlap loss. */
  @Test
  void boxes() {
    NDArray box = doubles(1, 4, 0, 0, 10, 10);
    NDArray truth = doubles(1, 4, 5, 5, 15, 20);
    assertThat(each(box(BoxLoss.Kind.GIOU), box, truth)[0]).isCloseTo(1.13888889, within(1e-8));
    assertThat(each(box(BoxLoss.Kind.DIOU), box, truth)[0]).isCloseTo(1.01888889, within(1e-8));
    assertThat(each(box(BoxLoss.Kind.CIOU), box, truth)[0]).isCloseTo(1.01916455, within(1e-8));
    for (BoxLoss.Kind kind : BoxLoss.Kind.values()) {
      assertThat(each(box(kind), truth, truth)[0]).isCloseTo(0, within(1e-8));
      NDArray flat = doubles(1, 4, 3, 3, 3, 3);
      assertThat(LossProbe.of(box(kind), flat, truth).gradient()).doesNotContain(Double.NaN);
    }
  }

  private static BoxLoss box(BoxLoss.Kind kind) {
    return new BoxLoss(kind, NONE);
  }

  @Test
  void asymmetric() {
    // p = 1/2, p_m = 0.45
    AsymmetricLoss loss = new AsymmetricLoss(4, 1, 0.05, null, NONE);
    double[] got = each(loss, zeros(1, 2), doubles(1, 2, 1, 0));
    assertThat(got[0]).isCloseTo(LN2 / 2, EXACT);
    assertThat(got[1]).isCloseTo(-Math.pow(0.45, 4) * Math.log(0.55), EXACT);
    // easy negatives are left out
    assertThat(each(loss, doubles(1, 1, -3), zeros(1, 1))).containsExactly(0);
    LossProbe focal = LossProbe.of(FocalLoss.sigmoid(-1, 2, SUM), random(), hard());
    LossProbe same = LossProbe.of(new AsymmetricLoss(2, 2, 0, null, SUM), random(), hard());
    assertThat(same.loss()[0]).isCloseTo(focal.loss()[0], EXACT);
  }

  @Test
  void poly() {
    NDArray labels = manager.create(new long[] {0});
    assertThat(each(PolyLoss.crossEntropy(2, null, SUM), zeros(1, 4), labels)[0])
        .isCloseTo(Math.log(4) + 2 * 0.75, EXACT);
    assertThat(each(PolyLoss.focal(-1, 2, null, SUM), zeros(1, 1), zeros(1, 1))[0])
        .isCloseTo(LN2 / 4 - 1 / 8.0, EXACT);
    double focal = each(FocalLoss.sigmoid(-1, 2, SUM), random(), hard())[0];
    assertThat(each(PolyLoss.focal(0, 2, null, SUM), random(), hard())[0]).isCloseTo(focal, EXACT);
  }

  @Test
  void quality_focal_and_varifocal() {
    // p = 1/2, so that cross entropy is ln 2 whatever the target
    NDArray targets = doubles(1, 3, 0.9, 0.5, 0);
    assertThat(each(new QualityFocalLoss(2, NONE), zeros(1, 3), targets))
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(0.16 * LN2, 0, 0.25 * LN2);
    assertThat(each(new VarifocalLoss(0.75, 2, NONE), zeros(1, 3), targets))
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(0.9 * LN2, 0.5 * LN2, 0.75 * 0.25 * LN2);
    double focal = each(FocalLoss.sigmoid(-1, 2, SUM), random(), hard())[0];
    assertThat(each(new QualityFocalLoss(2, SUM), random(), hard())[0]).isCloseTo(focal, EXACT);
  }

  @Test
  void distribution_focal() {
    NDArray x = doubles(1, 3, 0, 0, Math.log(2)); // p = 1/4, 1/4, 1/2
    DistributionFocalLoss loss = new DistributionFocalLoss(SUM);
    assertThat(each(loss, x, manager.create(new double[] {1.25}))[0])
        .isCloseTo(0.75 * Math.log(4) + 0.25 * Math.log(2), EXACT);
    assertThat(each(loss, x, manager.create(new double[] {2}))[0]).isCloseTo(LN2, EXACT);
  }

  @Test
  void gradient_harmonizing() {
    // three with |p - t| = 1/2, one with 1/10: two of ten bins are filled
    NDArray x = doubles(1, 4, 0, 0, 0, Math.log(9));
    double[] got = each(new GhmLoss(10, NONE), x, doubles(1, 4, 1, 1, 0, 1));
    assertThat(got)
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(4 / 6.0 * LN2, 4 / 6.0 * LN2, 4 / 6.0 * LN2, 4 / 2.0 * Math.log(10 / 9.0));
    double entropy = each(new BinaryCrossEntropyLoss(), random(), hard())[0];
    assertThat(each(new GhmLoss(1, Reduction.MEAN), random(), hard())[0]).isCloseTo(entropy, EXACT);
  }

  @Test
  void seesaw() {
    // all p = 1/2: no compensation; a label of 100 and a rival of 1: (1 / 100)^0.5
    long[] counts = {100, 1};
    SeesawLoss loss = new SeesawLoss(counts, 0.5, 2, null, NONE);
    double[] got = each(loss, zeros(2, 2), manager.create(new long[] {0, 1}));
    assertThat(got[0]).isCloseTo(Math.log(1.1), EXACT);
    assertThat(got[1]).isCloseTo(LN2, EXACT);
    // p = 1/4 of the label, 3/4 of its rival: (3 / 1)^2 times as much
    NDArray wrong = doubles(1, 2, Math.log(3), 0);
    assertThat(each(loss, wrong, manager.create(new long[] {1}))[0])
        .isCloseTo(Math.log(1 + 9 * 3), EXACT);
  }

  @Test
  void boundary() {
    // one row, p = 1/2; label 1 in the last two of four: phi_1 = 2 1 0 -1, phi_0 = -1 0 1 2
    NDArray x = zeros(1, 2, 1, 4);
    NDArray labels = manager.create(new long[] {0, 0, 1, 1}, new Shape(1, 1, 4));
    assertThat(each(new BoundaryLoss(List.of(1), null), x, labels)[0])
        .isCloseTo((2 + 1 - 1) * 0.5 / 4, EXACT);
    assertThat(each(new BoundaryLoss(List.of(), null), x, labels)[0])
        .isCloseTo((2 + 1 - 1) * 2 * 0.5 / 8, EXACT);
  }

  @Test
  void refuses_what_it_cannot_compute() {
    NDArray x = zeros(2, 3);
    NDArray soft = x.add(0.5);
    NDArray labels = manager.create(new long[] {0, 1});
    NDArray half = manager.create(new double[] {0.5, 1});
    LovaszLoss lovasz = LovaszLoss.softmax(LovaszLoss.Classes.ALL, false, null);
    refused(() -> new TverskyLoss(-1, 1, 1, null), "alpha must be 0 or more, but is -1.0");
    refused(() -> new JaccardLoss(0, null), "smooth must be above 0");
    refused(() -> new SmoothL1Loss(-1, SUM), "beta must be 0 or more");
    refused(() -> new SmoothL1Loss(1, Reduction.POSITIVES), "no positives");
    refused(() -> new BoxLoss(BoxLoss.Kind.GIOU, SUM).apply(x, x), "boxes must be (..., 4)");
    refused(() -> new AsymmetricLoss(1, 1, 1, null, SUM), "shift must be in [0, 1)");
    refused(() -> new QualityFocalLoss(0.5, SUM), "beta must be 1 or more, but is 0.5");
    refused(() -> PolyLoss.focal(0, 2, null, SUM).apply(x, soft), "targets must be 0 or 1");
    refused(() -> PolyLoss.crossEntropy(-2, null, SUM), "epsilon must be -1 or more");
    refused(() -> LovaszLoss.hinge(true, null).apply(x, soft), "targets must be 0 or 1");
    refused(() -> lovasz.apply(x, labels, half), "weights must be 0 or 1");
    refused(() -> new OhemCrossEntropyLoss(0, 1, null), "threshold must be in (0, 1]");
    refused(() -> new GhmLoss(0, SUM), "bins must be above 0");
    refused(
        () -> new SeesawLoss(new long[] {1, 2}, 1, 1, null, SUM).apply(x, labels),
        "there are 2 counts, but logits (2, 3)");
    refused(
        () -> new DistributionFocalLoss(SUM).apply(x, half.mul(5)),
        "numbers must be in [0, 2], but reach from 2.5 to 5.0");
    refused(() -> new BoundaryLoss(List.of(), null).apply(x, labels), "(N, C, H, W)");
    refused(
        () ->
            new BoundaryLoss(List.of(3), null)
                .apply(zeros(1, 3, 1, 1), labels.get(":1").reshape(1, 1, 1)),
        "class 3 is not one of the logits' 3");
    refused(() -> new VarifocalLoss(-1, 2, SUM), "alpha and gamma must be 0 or more");
  }

  private static void refused(Runnable call, String reason) {
    assertThatThrownBy(call::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  private static double[] each(ArrayLoss loss, NDArray predictions, NDArray labels) {
    return LossProbe.of(loss, predictions, labels).loss();
  }

  private NDArray random() {
    return manager.create(new Random(1).doubles(18, -4, 4).toArray(), new Shape(6, 3));
  }

  private NDArray hard() {
    return manager.create(new Random(2).ints(18, 0, 2).asDoubleStream().toArray(), new Shape(6, 3));
  }

  private NDArray doubles(long rows, long columns, double... values) {
    return manager.create(values, new Shape(rows, columns));
  }

  private NDArray zeros(long... shape) {
    return manager.zeros(new Shape(shape), DataType.FLOAT64);
  }
}
