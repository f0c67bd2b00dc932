package dev.fovea.testkit;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import dev.fovea.testkit.planted.Offender;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The dependency rule of docs/architecture.md. Each rule must also fail on a planted offender. */
class ArchitectureTest {

  private static final JavaClasses TESTKIT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.fovea.testkit");

  private static final Map<String, ArchRule> RULES =
      Map.of(
          "DJL's API, its JSON reader, JUnit and AssertJ are all that is seen",
          noClasses()
              .should()
              .dependOnClassesThat(
                  resideOutsideOfPackages(
                      "dev.fovea.testkit..",
                      "ai.djl..",
                      "com.google.gson..",
                      "org.junit.jupiter.api..",
                      "org.assertj.core.api..",
                      "org.jspecify..",
                      "java..")),
          "no engine of DJL is seen",
          noClasses()
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage("ai.djl.pytorch..", "ai.djl.onnxruntime.."),
          "nothing prints",
          GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS,
          "nothing exits",
          noClasses().should().callMethod(System.class, "exit", int.class),
          "no static field changes",
          fields().that().areStatic().should().beFinal());

  static Stream<String> rules() {
    return RULES.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void the_testkit_keeps(String rule) {
    requireNonNull(RULES.get(rule)).check(TESTKIT);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void an_offender_breaks(String rule) {
    JavaClasses offender = new ClassFileImporter().importClasses(Offender.class);
    assertThat(requireNonNull(RULES.get(rule)).evaluate(offender).hasViolation()).isTrue();
  }
}
