package dev.fovea;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import dev.fovea.model.ConvNeXt;
import dev.fovea.nn.planted.Offender;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The dependency rule of docs/architecture.md. Each rule must also fail on a planted offender. */
class ArchitectureTest {

  private static final JavaClasses LIBRARY =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.fovea");
  private static final JavaClasses OFFENDER = new ClassFileImporter().importClasses(Offender.class);

  private static final Map<String, ArchRule> RULES =
      Map.of(
          "arrows go one way",
          layeredArchitecture()
              .consideringOnlyDependenciesInAnyPackage("dev.fovea..")
              .withOptionalLayers(true)
              .layer("golden")
              .definedBy("dev.fovea.golden..")
              .layer("door")
              .definedBy("dev.fovea")
              .layer("model")
              .definedBy("dev.fovea.model..")
              .layer("backbone")
              .definedBy("dev.fovea.backbone..")
              .layer("nn")
              .definedBy("dev.fovea.nn..")
              .layer("weights")
              .definedBy("dev.fovea.weights..")
              .layer("hub")
              .definedBy("dev.fovea.hub..")
              .layer("data")
              .definedBy("dev.fovea.data..")
              .layer("image")
              .definedBy("dev.fovea.image..")
              .layer("side")
              .definedBy("dev.fovea.loss..", "dev.fovea.metric..", "dev.fovea.train..")
              .whereLayer("golden")
              .mayNotBeAccessedByAnyLayer()
              .whereLayer("door")
              .mayOnlyBeAccessedByLayers("golden")
              .whereLayer("hub")
              .mayOnlyBeAccessedByLayers("door")
              .whereLayer("model")
              .mayOnlyBeAccessedByLayers("hub", "door", "golden")
              .whereLayer("backbone")
              .mayOnlyBeAccessedByLayers("model", "hub", "door", "golden")
              .whereLayer("nn")
              .mayOnlyBeAccessedByLayers("backbone", "model", "hub", "door", "side", "golden")
              .whereLayer("weights")
              .mayOnlyBeAccessedByLayers("backbone", "model", "hub", "door", "golden")
              .whereLayer("data")
              .mayOnlyBeAccessedByLayers("golden")
              .whereLayer("image")
              .mayOnlyBeAccessedByLayers("data", "hub", "door", "golden")
              .whereLayer("side")
              .mayOnlyBeAccessedByLayers("model", "golden"),
          "no engine is seen",
          noClasses()
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage("ai.djl.pytorch..", "ai.djl.onnxruntime..", "ai.onnxruntime.."),
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
  void the_library_keeps(String rule) {
    requireNonNull(RULES.get(rule)).check(LIBRARY);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void an_offender_breaks(String rule) {
    JavaClasses classes =
        rule.equals("arrows go one way")
            ? new ClassFileImporter().importClasses(Offender.class, ConvNeXt.class)
            : OFFENDER;
    assertThat(requireNonNull(RULES.get(rule)).evaluate(classes).hasViolation()).isTrue();
  }
}
