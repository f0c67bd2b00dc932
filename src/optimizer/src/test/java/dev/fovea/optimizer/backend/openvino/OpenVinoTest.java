package dev.fovea.optimizer.backend.openvino;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenVinoTest {

  private static final Path LIBRARY = Path.of("/opt/intel/libopenvino_c.so");

  @ParameterizedTest
  @ValueSource(
      strings = {"2026.3.0-22000-abc-releases/2026/3", "2025.4.1-20426", "2022.1", "custom_main"})
  void an_older_version_is_refused_and_named(String version) {
    assertThatIllegalStateException()
        .isThrownBy(() -> OpenVino.requireVersion(version, LIBRARY))
        .withMessageContaining(LIBRARY + " is OpenVINO " + version)
        .withMessageContaining("2026.4 or newer");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2026.4.1-22982-abc-releases/2026/4", "2026.10.0-1", "2027.0.0-30000"})
  void this_version_and_newer_ones_are_taken(String version) {
    assertThatCode(() -> OpenVino.requireVersion(version, LIBRARY)).doesNotThrowAnyException();
  }

  @Test
  void a_file_that_is_no_library_is_an_error_with_a_way_out(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("libopenvino_c.so"), "no library");
    assertThatIllegalStateException()
        .isThrownBy(() -> OpenVino.load(file))
        .withMessageContaining(file + " does not load")
        .withMessageContaining("pip install openvino");
  }

  @Test
  void a_failure_has_the_reason_that_openvino_gives() {
    OpenVino openVino = Installed.openVino();
    OpenVinoC c = openVino.c();
    Pointer core = openVino.create("start", c::ov_core_create);
    try {
      ByteBuffer bytes = ByteBuffer.allocateDirect(3).put(new byte[] {1, 2, 3}).flip();
      assertThatIllegalStateException()
          .isThrownBy(
              () ->
                  openVino.create(
                      "read this graph",
                      r -> c.ov_core_read_model_from_memory_buffer(core, bytes, 3, null, r)))
          .withMessageStartingWith("OpenVINO cannot read this graph: ")
          .satisfies(e -> assertThat(e.getMessage()).contains("Unable to read the model"));
    } finally {
      c.ov_core_free(core);
    }
  }
}
