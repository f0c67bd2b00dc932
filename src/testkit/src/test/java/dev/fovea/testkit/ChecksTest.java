package dev.fovea.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class ChecksTest {

  private final AtomicInteger runs = new AtomicInteger();

  private Checks checks() {
    Checks checks = new Checks();
    checks.add("is small", runs::incrementAndGet);
    checks.add(
        "is round",
        () -> {
          throw new AssertionError("it has corners");
        });
    return checks;
  }

  @Test
  void a_name_is_a_sentence_and_a_message_names_the_subject() {
    assertThat(Faults.of(checks().tests("The stone")))
        .containsExactly(Map.entry("The stone is round", "The stone: it has corners"));
    assertThat(runs).hasValue(1);
  }

  @Test
  void a_check_that_is_left_out_is_reported_as_skipped_with_its_reason() throws Throwable {
    Checks checks = checks();
    checks.omit(Map.of("is round", "it was cut"));
    List<DynamicTest> tests = checks.tests("The stone").toList();
    assertThat(tests).hasSize(2);
    assertThatThrownBy(() -> tests.get(1).getExecutable().execute())
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("it was cut");
    tests.get(0).getExecutable().execute();
    assertThat(runs).hasValue(1);
  }

  @Test
  void leaving_out_an_unknown_check_is_refused() {
    assertThatThrownBy(() -> checks().omit(Map.of("is flat", "")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("There is no check \"is flat\" here; there are [is small, is round]");
    LossContract contract = LossContract.of("loss", (x, y) -> x).without("is flat", "");
    assertThatThrownBy(contract::tests).hasMessageContaining("takes an empty batch");
  }

  @Test
  void a_contract_refuses_shapes_that_do_not_fit() {
    LossContract contract = LossContract.of("loss", (x, y) -> x);
    assertThatThrownBy(() -> contract.logits(1, 3))
        .hasMessage("Predictions must be (N, ...) with a batch of 2 or more, but are (1, 3)");
    assertThatThrownBy(() -> contract.logits(4, 3).labels(Labels.BOXES).tests())
        .hasMessage("Boxes must be (N, 4), but are (4, 3)");
  }
}
