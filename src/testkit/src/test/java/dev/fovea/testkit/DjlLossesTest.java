package dev.fovea.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.training.loss.Loss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What the kit finds in DJL's own losses is what the table of docs/testkit.md says. */
class DjlLossesTest {

  private static final Path PAGE = Path.of("../../docs/testkit.md");

  /** The page says once that none keeps these. */
  private static final List<String> NEVER_KEPT =
      List.of("takes an empty batch", "releases what it allocates");

  private record Case(
      String name, BinaryOperator<NDArray> loss, Function<LossContract, LossContract> setup) {}

  private static Case of(String name, Loss loss, Function<LossContract, LossContract> setup) {
    return new Case(name, (x, y) -> evaluate(loss, x, y), setup);
  }

  private static NDArray evaluate(Loss loss, NDArray predictions, NDArray labels) {
    return loss.evaluate(new NDList(labels), new NDList(predictions));
  }

  private static List<Case> cases() {
    Loss probabilities = Loss.sigmoidBinaryCrossEntropyLoss("", 1, true);
    Loss maps = Loss.softmaxCrossEntropyLoss("", 1, 1, true, true);
    Loss dense = Loss.softmaxCrossEntropyLoss("", 1, -1, false, true);
    return List.of(
        of("`L1Loss`", Loss.l1Loss(), DjlLossesTest::values),
        of("`L1Loss`, weight 0.3", Loss.l1Loss("", 0.3f), DjlLossesTest::values),
        of("`L2Loss`", Loss.l2Loss(), DjlLossesTest::values),
        of("`QuantileL1Loss`, 0.9", Loss.quantileL1Loss(0.9f), DjlLossesTest::values),
        of(
            "`SigmoidBinaryCrossEntropyLoss`",
            Loss.sigmoidBinaryCrossEntropyLoss(),
            contract -> contract.labels(Labels.BINARY)),
        of(
            "`SigmoidBinaryCrossEntropyLoss`, weight 0.3",
            Loss.sigmoidBinaryCrossEntropyLoss("", 0.3f, false),
            contract -> contract.labels(Labels.BINARY)),
        new Case(
            "`SigmoidBinaryCrossEntropyLoss`, of probabilities",
            (x, y) -> evaluate(probabilities, Activation.sigmoid(x), y),
            contract -> contract.labels(Labels.BINARY)),
        of(
            "`SoftmaxCrossEntropyLoss`",
            Loss.softmaxCrossEntropyLoss(),
            LossContract::shiftInvariant),
        of(
            "`SoftmaxCrossEntropyLoss`, weight 0.3",
            Loss.softmaxCrossEntropyLoss("", 0.3f, -1, true, true),
            LossContract::shiftInvariant),
        new Case(
            "`SoftmaxCrossEntropyLoss`, dense labels",
            (x, y) -> evaluate(dense, x, y.oneHot(3)),
            LossContract::shiftInvariant),
        new Case(
            "`SoftmaxCrossEntropyLoss`, maps",
            (x, y) -> evaluate(maps, x, y.expandDims(1)),
            contract -> contract.logits(2, 4, 3, 2).shiftInvariant()),
        of("`HingeLoss`", Loss.hingeLoss(), contract -> contract.labels(Labels.SIGNS)),
        of(
            "`HingeLoss`, weight 0.3",
            Loss.hingeLoss("", 1, 0.3f),
            contract -> contract.labels(Labels.SIGNS)));
  }

  private static LossContract values(LossContract contract) {
    return contract.labels(Labels.VALUES);
  }

  @TestFactory
  Stream<DynamicTest> the_table_tells_what_each_loss_does_not_keep() throws IOException {
    List<String> rows = Files.readAllLines(PAGE);
    return cases().stream()
        .map(each -> DynamicTest.dynamicTest(each.name(), () -> check(each, rows)));
  }

  private static void check(Case each, List<String> rows) {
    LossContract contract = each.setup().apply(LossContract.of("loss", each.loss()));
    Map<String, String> faults = Faults.of(contract.tests());
    List<String> notKept = new ArrayList<>();
    faults.keySet().forEach(name -> notKept.add(name.substring("loss ".length())));
    assertThat(notKept).containsAll(NEVER_KEPT);
    notKept.removeAll(NEVER_KEPT);
    assertThat(rows.stream().filter(row -> row.startsWith("| " + each.name() + " |")))
        .singleElement()
        .asString()
        .startsWith("| " + each.name() + " | " + String.join("; ", notKept) + " |");
  }

  @TestFactory
  Stream<DynamicTest> what_the_engine_cannot_compute_is_said_to_be_so() {
    Loss masked = Loss.maskedSoftmaxCrossEntropyLoss();
    return LossContract.of(
            "masked",
            (x, y) -> {
              NDArray lengths = y.getManager().ones(new Shape(y.getShape().get(0)));
              return masked.evaluate(new NDList(y, lengths), new NDList(x));
            })
        .logits(2, 3, 4)
        .unreduced()
        .tests()
        .map(
            test ->
                DynamicTest.dynamicTest(
                    test.getDisplayName(),
                    () ->
                        assertThat(Faults.of(Stream.of(test)).values())
                            .singleElement()
                            .asString()
                            .contains("Not implemented yet")));
  }
}
