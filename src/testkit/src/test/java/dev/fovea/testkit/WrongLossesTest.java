package dev.fovea.testkit;

import static dev.fovea.testkit.Faults.assertFault;
import static dev.fovea.testkit.Faults.ignoring;
import static dev.fovea.testkit.Faults.mean;
import static dev.fovea.testkit.Faults.unreduced;
import static dev.fovea.testkit.TestLosses.constant;
import static dev.fovea.testkit.TestLosses.crossEntropy;
import static dev.fovea.testkit.TestLosses.focal;
import static dev.fovea.testkit.TestLosses.masked;
import static dev.fovea.testkit.TestLosses.meanOrZero;
import static dev.fovea.testkit.TestLosses.modulation;
import static dev.fovea.testkit.TestLosses.targets;
import static dev.fovea.testkit.TestLosses.weights;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Each loss here has one fault. The kit must find it, name it, and complain of nothing that is not
 * its consequence.
 */
class WrongLossesTest {

  private static final String GOLDEN = "is that of golden case sigmoid_focal_a0.25_g2.0";
  private static final String GRADIENT = "has the gradient of finite differences";

  @Test
  void no_alpha_on_negatives() {
    BinaryOperator<NDArray> wrong =
        (x, y) -> {
          NDArray positive = targets(x, y).mul(constant(-0.75, x)).add(1); // 0.25, and 1 else
          return positive.mul(modulation(x, y)).mul(crossEntropy(x, y));
        };
    assertFault(Faults.of(unreduced(wrong)), GOLDEN, "value", "all of them where the label is 0.0");
  }

  @Test
  void the_wrong_sign() {
    Map<String, String> faults = Faults.of(unreduced((x, y) -> focal(x, y).neg()));
    assertThat(faults).containsOnlyKeys("loss " + GOLDEN, "loss prefers right answers");
    assertThat(faults.get("loss " + GOLDEN)).contains("got = -1.00000 x expected throughout");
    assertThat(faults.get("loss prefers right answers")).contains("is the sign wrong?");
  }

  @Test
  void the_sum_over_classes_in_a_mean_over_the_batch() {
    BinaryOperator<NDArray> wrong =
        (x, y) -> {
          double rows = Math.max(1, x.getShape().get(0));
          return focal(x, y).sum().div(constant(rows, x));
        };
    assertFault(
        Faults.of(mean(wrong)),
        "treats all axes of positions alike",
        "twice along axis 1",
        "got = 2.00000 x expected",
        "is the MEAN taken over the wrong axes?");
  }

  @Test
  void a_sum_that_should_be_a_mean() {
    Map<String, String> faults =
        Faults.of(
            mean((x, y) -> focal(x, y).sum()).singleLosses(TestLosses.tidy(TestLosses::focal)));
    assertThat(faults)
        .containsOnlyKeys(
            "loss makes of a batch what it makes of its parts",
            "loss treats all axes of positions alike",
            "loss is reduced from single losses");
    assertThat(faults.get("loss is reduced from single losses"))
        .contains("got = 12.0000 x expected", "as the MEAN of 12 single losses");
  }

  @Test
  void an_unstable_logarithm() {
    BinaryOperator<NDArray> wrong =
        (x, y) -> {
          NDArray p = Activation.sigmoid(TestLosses.margin(x, y));
          return weights(x, y).mul(modulation(x, y)).mul(p.log().neg());
        };
    Map<String, String> faults = Faults.of(unreduced(wrong).golden());
    assertThat(faults).containsOnlyKeys("loss stays finite for extreme predictions");
    assertThat(faults.get("loss stays finite for extreme predictions"))
        .contains("not finite in float32", "is Infinity (prediction", "100.0, label");
  }

  @Test
  void a_gradient_stopped_in_one_factor() {
    BinaryOperator<NDArray> wrong =
        (x, y) -> weights(x, y).mul(modulation(x, y).stopGradient()).mul(crossEntropy(x, y));
    Map<String, String> faults = Faults.of(unreduced(wrong));
    assertThat(faults).containsOnlyKeys("loss " + GOLDEN, "loss " + GRADIENT);
    assertThat(faults.get("loss " + GRADIENT))
        .contains("12 of 12 elements", "automatic", "finite differences");
    assertThat(faults.get("loss " + GOLDEN)).contains("gradient of golden case");
  }

  @Test
  void a_gradient_stopped_altogether() {
    Map<String, String> faults = Faults.of(unreduced((x, y) -> focal(x.stopGradient(), y)));
    assertThat(faults).containsOnlyKeys("loss " + GOLDEN, "loss " + GRADIENT);
    assertThat(faults.get("loss " + GRADIENT)).contains("no way back from the result to the input");
  }

  @Test
  void a_loss_that_does_not_look_at_the_predictions() {
    Map<String, String> faults =
        Faults.of(mean((x, y) -> targets(x, y).mean().add(x.zerosLike().sum())));
    assertThat(faults).containsKeys("loss " + GRADIENT, "loss prefers right answers");
    assertThat(faults.get("loss " + GRADIENT)).contains("does not depend on the predictions");
  }

  @Test
  void ignored_positions_counted_in_the_mean() {
    Map<String, String> faults = Faults.of(ignoring((x, y) -> meanOrZero(masked(x, y))));
    assertThat(faults.get("loss leaves ignored positions out"))
        .contains("last row is ignored", "do ignored positions count in the mean?");
  }

  @Test
  void ignored_positions_taken_for_class_0() {
    BinaryOperator<NDArray> wrong =
        (x, y) -> {
          NDArray labels = y.toType(DataType.INT64, false);
          NDArray classes = labels.mul(labels.neq(255)).expandDims(1);
          return meanOrZero(x.logSoftmax(1).gather(classes, 1).neg());
        };
    Map<String, String> faults = Faults.of(ignoring(wrong));
    assertThat(faults)
        .containsOnlyKeys(
            "loss leaves ignored positions out", "loss is zero where everything is ignored");
    assertThat(faults.get("loss leaves ignored positions out"))
        .contains("position [1, 0] is ignored (label 255.0), but its gradient is");
  }

  @Test
  void nothing_but_ignored_positions_divided_by_their_number() {
    BinaryOperator<NDArray> wrong =
        (x, y) -> {
          NDArray counted = y.toType(DataType.INT64, false).neq(255);
          return masked(x, y).sum().div(counted.toType(x.getDataType(), false).sum());
        };
    Map<String, String> faults = Faults.of(ignoring(wrong));
    assertThat(faults)
        .containsOnlyKeys("loss takes an empty batch", "loss is zero where everything is ignored");
    assertThat(faults.get("loss is zero where everything is ignored")).contains("the loss NaN");
  }

  /** DJL's conversion of types is no operation to autograd. */
  @Test
  void a_conversion_that_stops_the_gradient() {
    BinaryOperator<NDArray> wrong =
        (x, y) -> {
          NDArray rounded = x.toType(DataType.FLOAT32, true).toType(x.getDataType(), false);
          return meanOrZero(focal(rounded, y));
        };
    Map<String, String> faults = Faults.of(mean(wrong));
    assertThat(faults.get("loss " + GRADIENT)).contains("no way back", "as toType does");
  }

  @Test
  void a_result_in_float32() {
    BinaryOperator<NDArray> wrong =
        (x, y) ->
            meanOrZero(focal(x, y)).mul(constant(1, y)).add(x.getManager().zeros(new Shape(1)));
    Map<String, String> faults =
        Faults.of(
            LossContract.of(
                    "loss",
                    TestLosses.tidy((x, y) -> wrong.apply(x, y).toType(DataType.FLOAT32, false)))
                .labels(Labels.BINARY));
    assertThat(faults.get("loss " + GRADIENT))
        .contains("the result is float32 although the input is FLOAT64");
  }

  @Test
  void rows_weighted_by_their_place() {
    BinaryOperator<NDArray> wrong =
        (x, y) -> {
          NDManager manager = x.getManager();
          NDArray place = manager.arange(0, (float) x.getShape().get(0), 1, x.getDataType()).add(1);
          return meanOrZero(focal(x, y).mul(place.duplicate().reshape(new Shape(-1, 1))));
        };
    Map<String, String> faults = Faults.of(mean(wrong));
    assertThat(faults)
        .containsOnlyKeys(
            "loss does not depend on the order of the batch",
            "loss makes of a batch what it makes of its parts",
            "loss treats all axes of positions alike");
    assertThat(faults.get("loss does not depend on the order of the batch"))
        .contains("of the reversed batch");
  }

  @Test
  void the_mean_of_an_empty_batch() {
    assertFault(
        Faults.of(mean((x, y) -> focal(x, y).mean())),
        "takes an empty batch",
        "gives NaN instead of 0");
  }

  @Test
  void a_softmax_without_normalization() {
    Map<String, String> faults =
        Faults.of(
            LossContract.of(
                    "loss",
                    TestLosses.tidy(
                        (x, y) ->
                            meanOrZero(
                                x.exp()
                                    .gather(y.toType(DataType.INT64, false).expandDims(1), 1)
                                    .log()
                                    .neg())))
                .shiftInvariant());
    assertThat(faults.get("loss does not see a shift of all logits")).contains("after 7 was added");
  }

  @Test
  void boxes_compared_by_distance() {
    Map<String, String> faults =
        Faults.of(
            LossContract.of("loss", TestLosses.tidy((x, y) -> meanOrZero(x.sub(y).abs())))
                .logits(4, 4)
                .labels(Labels.BOXES)
                .scaleInvariant());
    assertFault(faults, "does not see a change of scale", "of everything four times as large");
  }

  @Test
  void weights_that_divide_by_a_class_that_is_absent() {
    BinaryOperator<NDArray> wrong =
        (x, y) -> {
          NDArray t = targets(x, y);
          NDArray share = t.sum().div(constant((double) Math.max(1, t.size()), x));
          NDArray weights = t.div(share).add(t.neg().add(1).div(share.neg().add(1)));
          return meanOrZero(focal(x, y).mul(weights));
        };
    assertThat(Faults.of(mean(wrong)).get("loss takes labels that are all the same"))
        .contains("are not finite in float32", "value[] is NaN");
  }

  @Test
  void labels_understood_in_one_type_only() {
    BinaryOperator<NDArray> wrong =
        (x, y) ->
            meanOrZero(
                focal(
                    x,
                    y.getDataType() == DataType.INT32
                        ? y.toType(DataType.INT64, false).add(1).div(2)
                        : y));
    assertFault(
        Faults.of(mean(wrong)),
        "takes labels of every usual type",
        "value",
        "labels int32",
        "labels float32");
  }

  @Test
  void an_epsilon_too_large_in_float32() {
    BinaryOperator<NDArray> wrong =
        (x, y) -> {
          NDArray loss = meanOrZero(focal(x, y));
          return x.getDataType() == DataType.FLOAT32 ? loss.add(constant(1e-3, x)) : loss;
        };
    Map<String, String> faults = Faults.of(mean(wrong));
    assertThat(faults.get("loss computes the same in float32 and float64"))
        .contains("value: 1 of 1 elements", "float32", "float64");
  }

  /** A Java double and a scalar of DJL are of one rank, so the wider type wins. */
  @Test
  void a_scalar_result_that_a_java_double_widens() {
    Map<String, String> faults = Faults.of(mean((x, y) -> meanOrZero(focal(x, y)).add(1e-3)));
    assertThat(faults.get("loss computes the same in float32 and float64"))
        .contains("float32 predictions give a result of type float64");
  }

  @Test
  void another_reduction_than_stated() {
    Map<String, String> faults = Faults.of(mean(TestLosses::focal));
    assertThat(faults.get("loss has the shape of its reduction"))
        .contains("the result has shape (4, 3), which does not fit reduction MEAN");
  }
}
