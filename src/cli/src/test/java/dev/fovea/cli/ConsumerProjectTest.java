package dev.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Another project's build: a Maven project outside of this tree, which sees Fovea's packaged
 * artifacts alone, tests a loss of its own with the test kit. Its build passes with the right
 * formula, and fails with a wrong one.
 *
 * <p>Needs the jars, so it runs in {@code mvn verify} of the whole tree and is skipped elsewhere.
 */
class ConsumerProjectTest {

  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final String VERSION = "0.1.0-SNAPSHOT";
  private static final String RIGHT = "0.75f";
  private static final String WRONG = "0.25f"; // that of the positives

  @TempDir private Path folder;

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void tests_its_own_loss_with_the_kit() throws Exception {
    Path jar = ROOT.resolve("src/testkit/target/fovea-testkit-" + VERSION + ".jar");
    assumeTrue(Files.exists(jar), "the test kit is not packaged: run mvn verify in the whole tree");
    assumeTrue(hasMaven(), "there is no mvn on the PATH");
    publish("fovea-parent", ROOT.resolve("pom.xml"));
    publish("fovea-bom", ROOT.resolve("src/bom/pom.xml"));
    publish("fovea-testkit", ROOT.resolve("src/testkit/pom.xml"));
    Files.copy(jar, home("fovea-testkit").resolve(jar.getFileName()));

    writeProject(RIGHT);
    Build right = build();
    assertThat(right.code()).as(right.output()).isZero();

    writeProject(WRONG);
    Build wrong = build();
    assertThat(wrong.code()).isNotZero();
    assertThat(wrong.output()).contains("OwnLossTest", "sigmoid_focal_a0.25_g2.0");
  }

  private record Build(int code, String output) {}

  /** With a local repository of its own, which it fills from that of this build. */
  private Build build() throws Exception {
    Path settings = folder.resolve("settings.xml");
    Files.writeString(
        settings,
        """
        <settings>
          <mirrors>
            <mirror>
              <id>this-build</id>
              <mirrorOf>central</mirrorOf>
              <url>%s</url>
            </mirror>
          </mirrors>
        </settings>
        """
            .formatted(localRepository().toUri()));
    String own = "-Dmaven.repo.local=" + folder.resolve("local");
    return run("mvn", "-q", "-B", "-s", settings.toString(), own, "test");
  }

  /** Surefire says where; else the default. */
  private static Path localRepository() {
    String home = System.getProperty("user.home");
    String path = System.getProperty("localRepository", home + "/.m2/repository");
    return Path.of(path);
  }

  private Build run(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.redirectErrorStream(true);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Build(process.waitFor(), output);
  }

  private boolean hasMaven() throws Exception {
    try {
      return run("mvn", "-v").code() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** A folder of a Maven repository that holds this one build of Fovea. */
  private Path home(String artifact) {
    return folder.resolve("repository/dev/fovea").resolve(artifact).resolve(VERSION);
  }

  private void publish(String artifact, Path pom) throws IOException {
    Files.createDirectories(home(artifact));
    Files.copy(pom, home(artifact).resolve(artifact + "-" + VERSION + ".pom"));
  }

  private void writeProject(String alphaOfNegatives) throws IOException {
    Path resources = Path.of("src/test/resources/consumer");
    String pom = Files.readString(resources.resolve("pom.xml"));
    String repository = folder.resolve("repository").toUri().toString();
    Files.writeString(folder.resolve("pom.xml"), pom.replace("@repository@", repository));
    String test = Files.readString(resources.resolve("OwnLossTest.txt"));
    Path tests = Files.createDirectories(folder.resolve("src/test/java/org/example"));
    Files.writeString(
        tests.resolve("OwnLossTest.java"), test.replace("@alpha of negatives@", alphaOfNegatives));
  }
}
