package dev.fovea.optimizer.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentTest {

  @ParameterizedTest
  @ValueSource(strings = {"1.21.1", "1.28.3", "0.99.0", "unknown"})
  void an_older_version_is_refused_and_named(String version) {
    assertThatIllegalStateException()
        .isThrownBy(() -> Environment.requireVersion(version))
        .withMessageContaining("ONNX Runtime " + version)
        .withMessageContaining("1.29 or newer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.29.0", "1.32.0-dev", "2.0.1"})
  void this_version_and_newer_ones_are_taken(String version) {
    assertThatCode(() -> Environment.requireVersion(version)).doesNotThrowAnyException();
  }

  @Test
  void a_native_library_that_does_not_load_is_an_error_with_a_way_out(@TempDir Path folder)
      throws Exception {
    Path message = folder.resolve("message.txt");
    Path notALibrary = folder.resolve(System.mapLibraryName("onnxruntime4j_jni"));
    Files.writeString(notALibrary, "no library");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Donnxruntime.native.path=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                Load.class.getName(),
                message.toString())
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
    assertThat(Files.readString(message)).contains("does not load on").contains("Backend.PYTORCH");
  }

  /** Run in a process of its own: a library is loaded once in a process. */
  static final class Load {
    private Load() {}

    public static void main(String[] args) throws IOException {
      try {
        Environment.get();
        Files.writeString(Path.of(args[0]), "loaded");
      } catch (IllegalStateException e) {
        Files.writeString(Path.of(args[0]), String.valueOf(e.getMessage()));
      }
    }
  }
}
