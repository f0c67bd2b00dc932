package dev.fovea.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Another project's test, written against nothing but the testkit: the examples of the page,
 * compiled in a package of their own, with only the classes of the testkit and its declared
 * dependencies in sight, and run by JUnit in a process of its own that has no other class of Fovea.
 *
 * <p>This proves that the examples need only public classes, that the dependencies of the pom are
 * enough, and that the fixtures are found as resources.
 */
class ConsumerTest {

  private static final Path CLASSES = Path.of("target/classes").toAbsolutePath();

  /** The compile dependencies of the pom and theirs. */
  private static final List<String> DECLARED =
      List.of(
          "api-",
          "gson-",
          "slf4j-api-",
          "jspecify-",
          "junit-jupiter-api-",
          "junit-platform-commons-",
          "opentest4j-",
          "apiguardian-api-",
          "assertj-core-",
          "byte-buddy-");

  private static final String MAIN =
      """
      package org.example;

      import org.junit.platform.engine.discovery.DiscoverySelectors;
      import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
      import org.junit.platform.launcher.core.LauncherFactory;
      import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

      public class Main {
        public static void main(String[] arguments) {
          SummaryGeneratingListener summary = new SummaryGeneratingListener();
          LauncherFactory.create()
              .execute(
                  LauncherDiscoveryRequestBuilder.request()
                      .selectors(DiscoverySelectors.selectClass(ReadmeExamplesTest.class))
                      .build(),
                  summary);
          summary.getSummary().printTo(new java.io.PrintWriter(System.out));
          summary.getSummary().printFailuresTo(new java.io.PrintWriter(System.out));
        }
      }
      """;

  @Test
  void the_examples_are_all_that_another_project_needs(@TempDir Path project)
      throws IOException, InterruptedException {
    String example =
        Files.readString(Path.of("src/test/java/dev/fovea/testkit/ReadmeExamplesTest.java"))
            .replace(
                "package dev.fovea.testkit;", "package org.example; import dev.fovea.testkit.*;");
    Path test = Files.writeString(project.resolve("ReadmeExamplesTest.java"), example);
    Path main = Files.writeString(project.resolve("Main.java"), MAIN);
    compile(project, jars(DECLARED::contains), test);
    compile(project, jars(any -> true), main);

    Path output = project.resolve("output.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                classPath(project, jars(any -> true)),
                "org.example.Main")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readString(output))
        .contains("0 tests failed", "0 tests skipped")
        .containsPattern("[1-9]\\d tests successful");
  }

  private static void compile(Path project, List<String> jars, Path source) {
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-d",
                project.toString(),
                "-cp",
                classPath(project, jars),
                source.toString());
    assertThat(result).as(source.toString()).isZero();
  }

  private static String classPath(Path project, List<String> jars) {
    List<String> all = new ArrayList<>(List.of(project.toString(), CLASSES.toString()));
    all.addAll(jars);
    return String.join(File.pathSeparator, all);
  }

  /** Jars of this test's class path whose name without the version is wanted; none is Fovea's. */
  private static List<String> jars(Predicate<String> wanted) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(path -> path.endsWith(".jar") && !path.contains("fovea"))
        .filter(path -> wanted.test(nameOf(path)))
        .collect(Collectors.toList());
  }

  private static String nameOf(String jar) {
    return Path.of(jar).getFileName().toString().replaceFirst("\\d.*", "");
  }
}
