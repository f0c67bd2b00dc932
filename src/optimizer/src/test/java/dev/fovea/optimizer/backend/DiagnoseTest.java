package dev.fovea.optimizer.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.optimizer.backend.openvino.OpenVinoLibrary;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What is on this machine, as each back end tells it. */
class DiagnoseTest {

  @Test
  void there_are_three_back_ends() {
    assertThat(Backend.all())
        .extracting(Backend::name)
        .containsExactlyInAnyOrder(Backend.ONNX_RUNTIME, Backend.OPENVINO, Backend.PYTORCH);
  }

  @Test
  void onnx_runtime_tells_its_version_and_jar() {
    Map<String, String> found = Backend.named(Backend.ONNX_RUNTIME).diagnose();
    assertThat(found.get("version")).matches("1\\.\\d+\\.\\d+");
    assertThat(found.get("providers")).contains("CPU");
    assertThat(Path.of(found.get("jar"))).exists();
  }

  @Test
  void the_engine_tells_its_name() {
    assertThat(Backend.named(Backend.PYTORCH).diagnose().get("engine")).startsWith("PyTorch 2.");
  }

  @Test
  void openvino_tells_what_the_processor_has_or_what_to_do() {
    Path library;
    try {
      library = OpenVinoLibrary.find();
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("pip install openvino");
      Assumptions.abort(e.getMessage());
      return;
    }
    Map<String, String> found = Backend.named(Backend.OPENVINO).diagnose();
    assertThat(found).containsEntry("library", library.toString());
    assertThat(found.get("version")).startsWith("2026.");
    assertThat(found.get("devices")).contains("CPU");
    assertThat(found.get("capabilities of the CPU")).contains("FP32");
  }
}
