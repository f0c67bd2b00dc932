package dev.fovea.optimizer;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import dev.fovea.optimizer.planted.Offender;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The dependency rule of docs/architecture.md. Each rule must also fail on a planted offender. */
class ArchitectureTest {

  private static final JavaClasses OPTIMIZER =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.fovea.optimizer");

  private static final Map<String, ArchRule> RULES =
      Map.of(
          "core is not seen",
          noClasses()
              .should()
              .dependOnClassesThat(
                  resideInAPackage("dev.fovea..")
                      .and(resideOutsideOfPackage("dev.fovea.optimizer.."))),
          "no engine of DJL is seen",
          noClasses()
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage("ai.djl.pytorch..", "ai.djl.onnxruntime.."),
          "ONNX Runtime is seen by its back end alone",
          noClasses()
              .that()
              .resideOutsideOfPackage("dev.fovea.optimizer.backend.onnxruntime..")
              .should()
              .dependOnClassesThat()
              .resideInAPackage("ai.onnxruntime.."),
          "JNA is seen by the back end of OpenVINO alone",
          noClasses()
              .that()
              .resideOutsideOfPackage("dev.fovea.optimizer.backend.openvino..")
              .should()
              .dependOnClassesThat()
              .resideInAPackage("com.sun.jna.."),
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
  void the_optimizer_keeps(String rule) {
    requireNonNull(RULES.get(rule)).check(OPTIMIZER);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void an_offender_breaks(String rule) {
    JavaClasses offender = new ClassFileImporter().importClasses(Offender.class);
    assertThat(requireNonNull(RULES.get(rule)).evaluate(offender).hasViolation()).isTrue();
  }

  @Test
  void the_graph_and_the_tracer_know_no_back_end() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.fovea.optimizer.ir..", "dev.fovea.optimizer.trace..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.fovea.optimizer.backend..",
            "dev.fovea.optimizer.onnx..",
            "dev.fovea.optimizer.rewrite..")
        .check(OPTIMIZER);
    slices().matching("dev.fovea.optimizer.(*)..").should().beFreeOfCycles().check(OPTIMIZER);
  }
}
