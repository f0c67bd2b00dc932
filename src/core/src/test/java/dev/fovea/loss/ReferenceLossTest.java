package dev.fovea.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.fovea.loss.FocalLoss.Options;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Values and gradients that PyTorch 2.7.1, and torchvision 0.22.1 where it has the loss, compute in
 * float64. The formula that was run stands beside each, with
 *
 * <pre>
 * i = arange(24); x = (4 * sin(1.7 * i)).reshape(2, 3, 2, 2); F = torch.nn.functional
 * y = tensor([0, 2, 255, 1, 1, 1, 2, 255]).reshape(2, 2, 2); k = y != 255; w = [.5, 2, 1]
 * h = (i % 3 == 0); t = clamp(sin(.9 * i), min=0); p = sigmoid(x); bce = F.bce_with_logits
 * ce = F.cross_entropy(x, y, ignore_index=255, reduction='none')
 * </pre>
 *
 * <p>The second number is {@code (x.grad.flatten() * cos(arange(x.numel()))).sum()}.
 */
class ReferenceLossTest {

  private static final double[] W = {.5, 2, 1};

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<Arguments> dense() {
    return Stream.of(
        // bce(x, t, pos_weight=w.reshape(3, 1, 1)).mean()
        soft(new BinaryCrossEntropyLoss(W, null, MEAN), 1.0758610477770751, 0.18436206548755713),
        // torchvision.ops.sigmoid_focal_loss(x, t, .25, 1.5).sum()
        soft(FocalLoss.sigmoid(.25, 1.5, SUM), 11.648309088879772, 2.3202810157683107),
        // (bce(x, t) * (t - p).abs() ** 2).sum()
        soft(new QualityFocalLoss(2, SUM), 15.169990892610514, 3.4841264321563354),
        // (bce(x, t) * (t * (t > 0) + .75 * p ** 2 * (t <= 0))).sum()
        soft(new VarifocalLoss(.75, 2, SUM), 16.327779999126804, 3.166708357154403),
        hard(
            FocalLoss.sigmoid(Options.DEFAULT.withAlpha(.25).withStar(.5).withReduction(SUM)),
            // fvcore: (-F.logsigmoid(2 * x * (2 * h - 1) + .5) / 2 * (.25 * h + .75 * (1 -
            // h))).sum()
            20.740174282324936,
            -0.0707642171999463),
        hard(
            FocalLoss.sigmoid(
                Options.DEFAULT
                    .withAlpha(.1, .5, .9)
                    .withGamma(ReferenceLossTest::byClass)
                    .withSmoothing(.2)
                    .withReduction(Reduction.POSITIVES)),
            // s = h * .8 + .1; q = p * (1 - s) + (1 - p) * s; a = [.1, .5, .9]; g = [.5, 1, 2]
            // (bce(x, s) * q ** g * (a * s + (1 - a) * (1 - s))).sum() / h.sum()
            1.7917288212881737,
            0.019350252123539635),
        // n = clamp(1 - p + .05, max=1); q = h * (1 - p) + (1 - h) * (1 - n)
        // -((h * log(p) + (1 - h) * log(n)) * q ** (1 * h + 4 * (1 - h))).sum()
        hard(new AsymmetricLoss(), 25.81270853339693, -0.3515690050892628),
        // q = h * (1 - p) + (1 - h) * p; (sigmoid_focal_loss(x, h, -1, 1.5) - q ** 2.5).sum()
        hard(PolyLoss.focal(-1, 1.5, null, SUM), 25.967297567909135, -0.13677316405027118),
        // MMDetection: g = (p - h).abs(); for every bin of 10 with c members: weight = 24 / c / m
        hard(new GhmLoss(10, MEAN), 1.045636786166739, -0.06213524848380072),
        // per image: e, perm = sort(1 - x * (2 * h - 1), descending=True)
        // (relu(e) * lovasz_grad(h[perm])).sum(), as in bermanmaxim/LovaszSoftmax; then the mean
        hard(LovaszLoss.hinge(true, null), 3.4016423702800864, -0.025197137281853466));
  }

  static Stream<Arguments> labelled() {
    return Stream.of(
        // s = one_hot(y) * .8 + .2 / 3; q = 1 - softmax(x, 1); g = [.5, 1, 2]
        // ((-s * w * q ** g * log_softmax(x, 1)).sum(1) * k).sum() / k.sum()
        arguments(
            FocalLoss.softmax(
                Options.DEFAULT
                    .withAlpha(W)
                    .withGamma(ReferenceLossTest::byClass)
                    .withSmoothing(.2)
                    .withIgnoreIndex(255)),
            2.0483644198970015,
            0.5566328362124007),
        // p = softmax(x, 1) * k; t = one_hot(y) * k; i, p, t = (p * t).sum(d), p.sum(d), t.sum(d)
        // 1 - ((i + 1) / (p + t - i + 1)).mean()
        arguments(new JaccardLoss(1, 255), 0.6710369558401699, 0.06526527968218462),
        // ((1 - (i + 1) / (i + .3 * (p - i) + .7 * (t - i) + 1)) ** .75).mean()
        arguments(TverskyLoss.focal(.3, .7, 1, .75, 255), 0.5984019644968167, 0.06451502696146143),
        // bermanmaxim/LovaszSoftmax: lovasz_softmax(softmax(x, 1), y, 'present', True, 255)
        arguments(
            LovaszLoss.softmax(LovaszLoss.Classes.PRESENT, true, 255),
            0.7041977374403094,
            0.11748973496404605),
        // ce[k & (exp(-ce) < .7)].mean(); with .1 and 2: the 5th lowest probability in place of .1
        arguments(new OhemCrossEntropyLoss(.7, 0, 255), 2.3365981834084386, 0.301809137976121),
        arguments(new OhemCrossEntropyLoss(.1, 2, 255), 2.6575316962537223, 0.09340375501706491),
        // ((ce + 2 * (1 - exp(-ce))) * k).sum() / k.sum()
        arguments(PolyLoss.crossEntropy(2, 255, MEAN), 3.48642397444797, 0.5394166046780942),
        // MMDetection: z = x + (mitigation * compensation).log() * (1 - one_hot(y)), eps=1e-2
        // F.cross_entropy(z, y, ignore_index=255)
        arguments(
            new SeesawLoss(new long[] {1000, 10, 100}, .8, 2, 255, MEAN),
            4.796970741650274,
            0.3825621099380709));
  }

  private static final Reduction MEAN = Reduction.MEAN;
  private static final Reduction SUM = Reduction.SUM;

  private static double byClass(int c) {
    return Math.pow(2, c - 1);
  }

  private static Arguments soft(ArrayLoss loss, double value, double gradient) {
    return arguments(loss, false, value, gradient);
  }

  private static Arguments hard(ArrayLoss loss, double value, double gradient) {
    return arguments(loss, true, value, gradient);
  }

  @ParameterizedTest
  @MethodSource("dense")
  void losses_of_a_target_for_every_logit(
      ArrayLoss loss, boolean hard, double value, double gradient) {
    double[] targets =
        IntStream.range(0, 24)
            .mapToDouble(i -> hard ? i % 3 == 0 ? 1 : 0 : Math.max(0, Math.sin(0.9 * i)))
            .toArray();
    check(loss, x(24, 2, 3, 2, 2), manager.create(targets, new Shape(2, 3, 2, 2)), value, gradient);
  }

  @ParameterizedTest
  @MethodSource("labelled")
  void losses_of_a_class_for_every_position(ArrayLoss loss, double value, double gradient) {
    NDArray labels = manager.create(new long[] {0, 2, 255, 1, 1, 1, 2, 255}, new Shape(2, 2, 2));
    check(loss, x(24, 2, 3, 2, 2), labels, value, gradient);
  }

  /** F.smooth_l1_loss(x, 4 * t, beta=.5). */
  @Test
  void smooth_l1() {
    double[] targets =
        IntStream.range(0, 24).mapToDouble(i -> 4 * Math.max(0, Math.sin(0.9 * i))).toArray();
    NDArray t = manager.create(targets, new Shape(2, 3, 2, 2));
    check(
        new SmoothL1Loss(.5, MEAN), x(24, 2, 3, 2, 2), t, 2.3257735838814155, 0.22195861368471093);
  }

  /**
   * MMDetection: l = y.floor().clamp(max=1), r = l + 1; the mean of F.cross_entropy(x, l) * (r - y)
   * + F.cross_entropy(x, r) * (y - l).
   */
  @Test
  void distribution_focal() {
    NDArray y = manager.create(new double[] {.3, 1.9, 2, 0, 1.5, .75, 1, 1.2}, new Shape(2, 2, 2));
    check(
        new DistributionFocalLoss(MEAN),
        x(24, 2, 3, 2, 2),
        y,
        2.3069975199555133,
        0.13512681926668496);
  }

  /** torchvision.ops.generalized_, distance_ and complete_box_iou_loss, summed. */
  @Test
  void boxes() {
    NDArray boxes =
        manager.create(new double[] {0, 0, 10, 10, 1, 2, 4, 8, 3, 3, 5, 4}, new Shape(3, 4));
    NDArray truth =
        manager.create(new double[] {5, 5, 15, 20, 2, 1, 5, 5, 6, 7, 9, 9}, new Shape(3, 4));
    check(
        new BoxLoss(BoxLoss.Kind.GIOU, SUM),
        boxes,
        truth,
        3.8095238078608276,
        -0.05390236630638978);
    check(
        new BoxLoss(BoxLoss.Kind.DIOU, SUM),
        boxes,
        truth,
        3.2972008550258316,
        0.060278365895273085);
    check(
        new BoxLoss(BoxLoss.Kind.CIOU, SUM), boxes, truth, 3.2977407721058594, 0.05951691251637319);
  }

  /**
   * With x of 48 elements, (1, 3, 4, 4), m = (y == c), n = ~m, and edt the distance to the nearest
   * False: phi = edt(n) * n - (edt(m) - 1) * m; (softmax(x, 1) * phi)[:, 1:].mean().
   */
  @Test
  void boundary() {
    NDArray labels =
        manager.create(
            new long[] {0, 0, 0, 1, 0, 2, 2, 1, 0, 2, 2, 1, 0, 0, 2, 1}, new Shape(1, 4, 4));
    check(
        new BoundaryLoss(List.of(1, 2), null),
        x(48, 1, 3, 4, 4),
        labels,
        0.2393402981609247,
        0.019567405837195163);
  }

  private NDArray x(int count, long... shape) {
    double[] x = IntStream.range(0, count).mapToDouble(i -> 4 * Math.sin(1.7 * i)).toArray();
    return manager.create(x, new Shape(shape));
  }

  private static void check(
      ArrayLoss loss, NDArray x, NDArray labels, double value, double gradient) {
    LossProbe got = LossProbe.of(loss, x, labels);
    double sum = 0;
    for (int i = 0; i < got.gradient().length; i++) {
      sum += got.gradient()[i] * Math.cos(i);
    }
    assertThat(got.loss()).hasSize(1);
    assertThat(got.loss()[0]).isCloseTo(value, within(1e-9 * Math.abs(value)));
    assertThat(sum).isCloseTo(gradient, within(1e-9));
  }
}
