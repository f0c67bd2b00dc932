package dev.fovea.testkit;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Losses that are right keep every check. */
class RightLossesTest {

  @TestFactory
  Stream<DynamicTest> the_losses_that_the_wrong_ones_are_made_of() {
    return Stream.of(
            LossContract.of("focal", TestLosses.tidy(TestLosses::focal))
                .labels(Labels.BINARY)
                .unreduced()
                .golden("sigmoid_focal_a0.25_g2.0"),
            LossContract.of("masked mean", TestLosses.tidy(TestLosses::maskedMean))
                .ignoring(255)
                .shiftInvariant())
        .flatMap(LossContract::tests);
  }

  @TestFactory
  Stream<DynamicTest> a_loss_of_boxes() {
    return LossContract.of("GIoU", TestLosses.tidy(TestLosses::giou))
        .logits(6, 4)
        .labels(Labels.BOXES)
        .unreduced()
        .golden("giou")
        .scaleInvariant()
        .tests();
  }
}
