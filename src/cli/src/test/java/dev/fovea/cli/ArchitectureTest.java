package dev.fovea.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The command line's own part of the dependency rule of docs/architecture.md. */
class ArchitectureTest {

  private static final JavaClasses COMMANDS =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.fovea.cli");

  @Test
  void only_main_ends_the_process() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Main.class.getName())
        .should()
        .callMethod(System.class, "exit", int.class)
        .check(COMMANDS);
  }

  @Test
  void no_static_field_changes() {
    fields().that().areStatic().should().beFinal().check(COMMANDS);
  }

  @Test
  void commands_reach_the_graph_through_the_optimizers_door() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "ai.djl.pytorch..",
            "ai.onnxruntime..",
            "dev.fovea.optimizer.trace..",
            "dev.fovea.optimizer.onnx..")
        .check(COMMANDS);
  }
}
