package dev.fovea.testkit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.Executable;

/** Named checks of one subject, in order; name and subject together make a sentence. */
final class Checks {

  private final Map<String, Executable> checks = new LinkedHashMap<>();
  private final Map<String, String> omitted = new LinkedHashMap<>();

  void add(String name, Executable check) {
    checks.put(name, check);
  }

  /** Reports some checks as skipped, for a reason, instead of running them. */
  void omit(Map<String, String> reasons) {
    reasons
        .keySet()
        .forEach(
            name -> {
              if (!checks.containsKey(name)) {
                throw new IllegalArgumentException(
                    "There is no check \"" + name + "\" here; there are " + checks.keySet());
              }
            });
    omitted.putAll(reasons);
  }

  Stream<DynamicTest> tests(String subject) {
    return checks.entrySet().stream()
        .map(
            check ->
                DynamicTest.dynamicTest(
                    subject + " " + check.getKey(),
                    () -> {
                      String reason = omitted.get(check.getKey());
                      Assumptions.assumeTrue(reason == null, reason);
                      run(subject, check.getValue());
                    }));
  }

  private static void run(String subject, Executable check) throws Throwable {
    try {
      check.execute();
    } catch (AssertionError e) {
      throw new AssertionError(subject + ": " + e.getMessage(), e);
    }
  }
}
