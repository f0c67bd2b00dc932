package dev.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Keeps the documentation true: each Java snippet stands, word for word, in {@link
 * DocumentationExamplesTest}, in {@link org.example.PlainDjl} or in the testkit's {@code
 * ReadmeExamplesTest}, which run it; each command is run by {@code .ci/run}; links lead somewhere.
 */
class DocumentationTest {

  private static final Path ROOT = Path.of("../..");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\R(.*?)^```");
  private static final Pattern ARTIFACT = Pattern.compile("<artifactId>([^<]+)<");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)[^)]*\\)");

  private static final List<Path> EXAMPLES =
      List.of(
          Path.of("src/test/java/dev/fovea/cli/DocumentationExamplesTest.java"),
          Path.of("src/test/java/org/example/PlainDjl.java"),
          ROOT.resolve("src/testkit/src/test/java/dev/fovea/testkit/ReadmeExamplesTest.java"));

  /** The main jobs, of which {@code .ci/run} and {@link ImbalanceTest} run short forms. */
  private static final List<String> MAIN_JOB =
      List.of(
          "mvn -q package -DskipTests && src/cli/target/fovea quickstart",
          "src/cli/target/fovea imbalance",
          "mvn -q package -DskipTests && src/benchmark/target/benchmark side-by-side",
          "src/benchmark/target/benchmark overhead && src/benchmark/target/benchmark compile",
          "src/benchmark/target/benchmark layers && src/benchmark/target/benchmark jmh");

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      docs.filter(path -> path.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  @TestFactory
  Stream<DynamicTest> every_page_tells_the_truth() throws IOException {
    StringBuilder sources = new StringBuilder();
    for (Path source : EXAMPLES) {
      sources.append(Files.readString(source));
    }
    String examples = words(sources.toString());
    List<String> ci = Files.readAllLines(ROOT.resolve(".ci/run"));
    return pages().stream()
        .map(
            page ->
                DynamicTest.dynamicTest(
                    ROOT.relativize(page).toString(), () -> check(page, examples, ci)));
  }

  private static void check(Path page, String examples, List<String> ci) throws IOException {
    String text = Files.readString(page);
    for (MatchResult block : matches(BLOCK, text)) {
      switch (block.group(1)) {
        case "java" -> assertThat(examples).contains(words(block.group(2)));
        case "sh" ->
            block
                .group(2)
                .lines()
                .forEach(
                    line ->
                        assertThat(MAIN_JOB.contains(line) || ci.contains(line)).as(line).isTrue());
        case "xml" -> checkArtifacts(block.group(2));
        default -> throw new AssertionError("a block of kind " + block.group(1));
      }
    }
    for (MatchResult link : matches(LINK, text)) {
      if (!link.group(1).startsWith("https://")) {
        assertThat(page.resolveSibling(link.group(1))).exists();
      }
    }
  }

  /** Own artifacts are modules; the others have the version that the build has. */
  private static void checkArtifacts(String xml) throws IOException {
    String pom = Files.readString(ROOT.resolve("pom.xml"));
    for (MatchResult artifact : matches(ARTIFACT, xml)) {
      if (artifact.group(1).startsWith("fovea-")) {
        assertThat(ROOT.resolve("src").resolve(artifact.group(1).substring(6))).isDirectory();
      } else {
        assertThat(artifact.group(1)).isEqualTo("pytorch-native-cpu");
        assertThat(xml).contains("<version>2.7.1</version>");
        assertThat(pom).contains("<pytorch.version>2.7.1</pytorch.version>");
      }
    }
  }

  @Test
  void there_are_snippets_to_check() throws IOException {
    long java = 0;
    for (Path page : pages()) {
      java +=
          matches(BLOCK, Files.readString(page)).stream()
              .filter(b -> b.group(1).equals("java"))
              .count();
    }
    assertThat(java).isGreaterThanOrEqualTo(4);
  }

  private static List<MatchResult> matches(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.results().toList();
  }

  private static String words(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }
}
