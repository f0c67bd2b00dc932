package dev.fovea.testkit;

import ai.djl.ndarray.NDArray;
import dev.fovea.loss.ArrayLoss;
import dev.fovea.loss.AsymmetricLoss;
import dev.fovea.loss.BinaryCrossEntropyLoss;
import dev.fovea.loss.BoundaryLoss;
import dev.fovea.loss.BoxLoss;
import dev.fovea.loss.CrossEntropyLoss;
import dev.fovea.loss.DiceLoss;
import dev.fovea.loss.FocalLoss;
import dev.fovea.loss.GhmLoss;
import dev.fovea.loss.JaccardLoss;
import dev.fovea.loss.LovaszLoss;
import dev.fovea.loss.OhemCrossEntropyLoss;
import dev.fovea.loss.PolyLoss;
import dev.fovea.loss.QualityFocalLoss;
import dev.fovea.loss.Reduction;
import dev.fovea.loss.SeesawLoss;
import dev.fovea.loss.SmoothL1Loss;
import dev.fovea.loss.TverskyLoss;
import dev.fovea.loss.VarifocalLoss;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Fovea's own losses keep every check, and the golden cases are those of Fovea. */
class FoveaLossesTest {

  private static final double[] WEIGHTS = {1, 2, 0.5, 0.3};

  @TestFactory
  Stream<DynamicTest> the_focal_loss_in_every_reduction() {
    BinaryOperator<NDArray> single = FocalLoss.sigmoid(0.25, 2, Reduction.NONE)::apply;
    return Stream.of(
            LossContract.of("focal, none", single).unreduced(),
            LossContract.of(FocalLoss.sigmoid(0.25, 2, Reduction.MEAN)).singleLosses(single),
            LossContract.of(FocalLoss.sigmoid(0.25, 2, Reduction.SUM)).sum().singleLosses(single))
        .map(contract -> contract.labels(Labels.BINARY).golden("sigmoid_focal_a0.25_g2.0"))
        .flatMap(contract -> contract.logits(5, 3, 2).tests());
  }

  @TestFactory
  Stream<DynamicTest> losses_of_classes() {
    BinaryOperator<NDArray> single = FocalLoss.softmax(null, 1.5, 255, Reduction.NONE)::apply;
    return Stream.of(
            LossContract.of(FocalLoss.softmax(null, 1.5, 255, Reduction.MEAN))
                .golden("softmax_focal_map_g1.5_n_ignore", "softmax_focal_rows_g1.5_n_ignore")
                .singleLosses(single),
            LossContract.of(new CrossEntropyLoss(WEIGHTS, 255, 0.1, Reduction.MEAN)),
            LossContract.of(PolyLoss.crossEntropy(1, 255, Reduction.SUM)).sum(),
            LossContract.of(new OhemCrossEntropyLoss(0.7, 5, 255)).joint(),
            LossContract.of(new DiceLoss(1, 255)).joint().golden("dice"),
            LossContract.of(new JaccardLoss(1, 255)).joint(),
            LossContract.of(new TverskyLoss(0.3, 0.7, 1, 255)).joint().golden("tversky"),
            LossContract.of(TverskyLoss.focal(0.3, 0.7, 1, 0.75, 255)).joint(),
            LossContract.of(LovaszLoss.softmax(LovaszLoss.Classes.ALL, false, 255))
                .joint()
                .golden("lovasz_softmax"),
            LossContract.of(new BoundaryLoss(List.of(0, 1), 255)).joint())
        .flatMap(contract -> contract.logits(3, 4, 3, 2).ignoring(255).shiftInvariant().tests());
  }

  @TestFactory
  Stream<DynamicTest> losses_of_decisions() {
    return Stream.of(
            LossContract.of(new BinaryCrossEntropyLoss(null, 255, Reduction.MEAN)).ignoring(255),
            LossContract.of(new AsymmetricLoss(4, 1, 0.05, 255, Reduction.SUM)).sum().ignoring(255),
            LossContract.of(PolyLoss.focal(1, 2, 255, Reduction.MEAN)).ignoring(255),
            LossContract.of(LovaszLoss.hinge(false, 255)).joint().ignoring(255),
            LossContract.of(new QualityFocalLoss(2, Reduction.SUM)).sum(),
            LossContract.of(new VarifocalLoss(0.75, 2, Reduction.SUM)).sum(),
            LossContract.of(new GhmLoss(10, Reduction.SUM)).joint())
        .flatMap(contract -> contract.labels(Labels.BINARY).logits(4, 3).tests());
  }

  @TestFactory
  Stream<DynamicTest> losses_of_numbers_and_boxes() {
    return Stream.of(
            LossContract.of(new SmoothL1Loss(1, Reduction.MEAN)).labels(Labels.VALUES),
            boxes(BoxLoss.Kind.GIOU),
            boxes(BoxLoss.Kind.DIOU))
        .flatMap(contract -> contract.logits(6, 4).tests());
  }

  /** By definition: the papers treat a factor that depends on the predictions as a constant. */
  @Test
  void two_losses_have_another_gradient_than_finite_differences_and_that_is_all() {
    SeesawLoss seesaw = new SeesawLoss(new long[] {5, 3, 1, 7}, 0.8, 2, 255, Reduction.MEAN);
    LossContract maps =
        LossContract.of("loss", seesaw::apply).logits(3, 4, 3, 2).ignoring(255).shiftInvariant();
    Faults.assertFault(Faults.of(maps), "has the gradient of finite differences", "automatic");
    BinaryOperator<NDArray> ciou = new BoxLoss(BoxLoss.Kind.CIOU, Reduction.NONE)::apply;
    LossContract boxes =
        LossContract.of("loss", ciou)
            .logits(6, 4)
            .labels(Labels.BOXES)
            .unreduced()
            .scaleInvariant()
            .golden("ciou");
    Faults.assertFault(Faults.of(boxes), "has the gradient of finite differences", "automatic");
  }

  private static LossContract boxes(BoxLoss.Kind kind) {
    return LossContract.of(new BoxLoss(kind, Reduction.NONE))
        .labels(Labels.BOXES)
        .unreduced()
        .scaleInvariant();
  }

  /** Every fixture. */
  @TestFactory
  Stream<DynamicTest> every_golden_case() {
    return LossFixture.names().stream()
        .map(name -> DynamicTest.dynamicTest(name, () -> golden(name)));
  }

  private static void golden(String name) {
    try (LossFixture fixture = LossFixture.load(name)) {
      BinaryOperator<NDArray> loss = fovea(fixture.parameters())::apply;
      LossInputs unused = new LossInputs(Labels.CLASSES, fixture.predictions().getShape(), null, 1);
      new LossNumbers(loss, unused, dev.fovea.testkit.Reduction.NONE).golden(name);
    }
  }

  private static ArrayLoss fovea(Map<String, Object> parameters) {
    return switch (String.valueOf(parameters.get("loss"))) {
      case "sigmoid focal" ->
          FocalLoss.sigmoid(
              number(parameters, "alpha"), number(parameters, "gamma"), Reduction.NONE);
      case "softmax focal" ->
          FocalLoss.softmax(
              numbers(parameters.get("class_alpha")),
              number(parameters, "gamma"),
              parameters.get("ignore_index") instanceof Double ignored ? ignored.intValue() : null,
              Reduction.NONE);
      case "dice" -> new DiceLoss(number(parameters, "smooth"), null);
      case "tversky" ->
          new TverskyLoss(
              number(parameters, "alpha_fp"),
              number(parameters, "beta_fn"),
              number(parameters, "smooth"),
              null);
      case "lovasz_softmax" -> LovaszLoss.softmax(LovaszLoss.Classes.ALL, false, null);
      case "giou" -> new BoxLoss(BoxLoss.Kind.GIOU, Reduction.NONE);
      case "diou" -> new BoxLoss(BoxLoss.Kind.DIOU, Reduction.NONE);
      case "ciou" -> new BoxLoss(BoxLoss.Kind.CIOU, Reduction.NONE);
      case "cross entropy" ->
          new CrossEntropyLoss(null, null, number(parameters, "smoothing"), Reduction.NONE);
      default -> throw new IllegalArgumentException(parameters.toString());
    };
  }

  private static double number(Map<String, Object> parameters, String name) {
    return parameters.get(name) instanceof Double number ? number : Double.NaN;
  }

  private static double @Nullable [] numbers(@Nullable Object list) {
    return list instanceof List<?> values
        ? values.stream().mapToDouble(value -> (Double) value).toArray()
        : null;
  }
}
