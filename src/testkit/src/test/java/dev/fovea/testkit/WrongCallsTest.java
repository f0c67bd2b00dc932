package dev.fovea.testkit;

import static dev.fovea.testkit.Faults.assertFault;
import static dev.fovea.testkit.Faults.mean;
import static dev.fovea.testkit.Faults.unreduced;
import static dev.fovea.testkit.TestLosses.constant;
import static dev.fovea.testkit.TestLosses.focal;
import static dev.fovea.testkit.TestLosses.meanOrZero;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;

/** Losses whose formula is right, but that leave something behind, or remember something. */
class WrongCallsTest {

  @Test
  void a_java_number_that_autograd_reads_when_it_is_gone() {
    assertFault(
        Faults.of(unreduced((x, y) -> focal(x, y).mul(2).mul(0.5))),
        "keeps its gradient through a garbage collection",
        "an array that autograd saved has lost its memory",
        "mul(2f)");
  }

  @Test
  void state_that_changes_with_every_call() {
    AtomicInteger calls = new AtomicInteger();
    Map<String, String> faults =
        Faults.of(
            mean((x, y) -> meanOrZero(focal(x, y)).mul(constant(calls.incrementAndGet(), x))));
    assertThat(faults.get("loss gives the same again")).contains("keeps state between calls");
  }

  @Test
  void state_that_changes_with_other_input() {
    AtomicInteger inputs = new AtomicInteger();
    AtomicReference<Float> last = new AtomicReference<>(0f);
    BinaryOperator<NDArray> wrong =
        (x, y) -> {
          float sum = (float) x.toType(DataType.FLOAT64, false).sum().getDouble();
          if (last.getAndSet(sum) != sum) {
            inputs.incrementAndGet();
          }
          return meanOrZero(focal(x, y)).mul(constant(inputs.get(), x));
        };
    assertThat(Faults.of(mean(wrong)).get("loss gives the same again"))
        .contains("a call after one with other input", "keeps state between calls");
  }

  @Test
  void labels_overwritten() {
    BinaryOperator<NDArray> wrong =
        (x, y) -> {
          NDArray loss = meanOrZero(focal(x, y));
          y.muli(2).subi(1);
          return loss;
        };
    Map<String, String> faults = Faults.of(mean(wrong));
    assertThat(faults.get("loss leaves its inputs as they are")).contains("overwrites its labels");
  }

  @Test
  void temporaries_left_behind() {
    assertFault(
        Faults.of(LossContract.of("loss", (x, y) -> meanOrZero(focal(x, y))).labels(Labels.BINARY)),
        "releases what it allocates",
        "arrays besides its result",
        "(4, 3)");
  }
}
