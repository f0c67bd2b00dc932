package dev.fovea.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;

/** Runs a contract as JUnit would, and keeps what each check complains of. */
final class Faults {

  private Faults() {}

  /** The messages of the failed checks, by the name of the check. */
  static Map<String, String> of(Stream<DynamicTest> tests) {
    Map<String, String> faults = new LinkedHashMap<>();
    tests.forEach(
        test -> {
          try {
            test.getExecutable().execute();
          } catch (TestAbortedException e) {
            // skipped on purpose
          } catch (Throwable e) {
            faults.put(test.getDisplayName(), String.valueOf(e.getMessage()));
          }
        });
    return faults;
  }

  /** The message of each failed check of a loss. */
  static Map<String, String> of(LossContract contract) {
    return of(contract.tests());
  }

  static LossContract unreduced(BinaryOperator<NDArray> formula) {
    return LossContract.of("loss", TestLosses.tidy(formula))
        .labels(Labels.BINARY)
        .unreduced()
        .golden("sigmoid_focal_a0.25_g2.0");
  }

  static LossContract mean(BinaryOperator<NDArray> formula) {
    return LossContract.of("loss", TestLosses.tidy(formula)).labels(Labels.BINARY);
  }

  static LossContract ignoring(BinaryOperator<NDArray> formula) {
    return LossContract.of("loss", TestLosses.tidy(formula)).ignoring(255);
  }

  static void assertFault(Map<String, String> faults, String check, String... words) {
    assertThat(faults).containsOnlyKeys("loss " + check);
    assertThat(faults.get("loss " + check)).contains(words);
  }
}
