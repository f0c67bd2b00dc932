package dev.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDictSaveTest {
  private static final Dialect OWN = Dialect.of("own");

  @TempDir Path folder;
  private final TestCheckpoint checkpoint =
      TestCheckpoint.of("file", "w", new Shape(4, 3), "b", new Shape(4));
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void a_block_is_saved_in_any_dialect_and_loaded_again() throws IOException {
    Map<String, TensorInfo> infos = TestCheckpoint.published("mit_b0.huggingface").tensors();
    TestCheckpoint weights = new TestCheckpoint("mit", infos);
    Checkpoint own = PublishedDialects.MIT_HUGGINGFACE.toOwn(weights);
    TestBlock block = new TestBlock(own.tensors());
    StateDict.of(block).load(own, manager);
    Path path = folder.resolve("mit_b0.safetensors");
    for (Dialect dialect :
        List.of(PublishedDialects.MIT_NVLABS, PublishedDialects.MIT_HUGGINGFACE, OWN)) {
      StateDict.of(block).save(path, dialect, Map.of("recipe", "none"));
      TestBlock other = new TestBlock(own.tensors());
      try (SafeTensors file = SafeTensors.open(path)) {
        assertThat(file.verify()).isTrue();
        assertThat(file.metadata())
            .containsEntry("recipe", "none")
            .containsEntry("format", "pt")
            .containsEntry("fovea.dialect", dialect.name())
            .containsKeys("fovea.version", "fovea.sha256");
        StateDict.of(other).load(dialect.toOwn(file), manager);
      }
      for (String name : own.tensors().keySet()) {
        assertThat(other.parameter(name).getArray().toFloatArray())
            .isEqualTo(block.parameter(name).getArray().toFloatArray());
      }
    }
  }

  @Test
  void one_flipped_bit_in_a_saved_tensor_is_found() throws IOException {
    TestBlock block = new TestBlock(checkpoint.tensors());
    StateDict.of(block).load(checkpoint, manager);
    Path path = folder.resolve("flip.safetensors");
    StateDict.of(block).save(path, OWN, Map.of());
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(file.length() - 1);
      int last = file.read();
      file.seek(file.length() - 1);
      file.write(last ^ 1);
    }
    try (SafeTensors file = SafeTensors.open(path)) {
      assertThatThrownBy(file::verify)
          .isInstanceOf(WeightsFormatException.class)
          .hasMessageContainingAll("flip.safetensors", "SHA-256");
    }
  }

  @Test
  void a_file_without_a_fingerprint_says_so() throws IOException {
    try (SafeTensors file =
        SafeTensors.open(SafeTensorsReadTest.GOOD.resolve("padded.safetensors"))) {
      assertThat(file.verify()).isFalse();
    }
  }

  @Test
  void a_parameter_without_an_array_cannot_be_saved() {
    StateDict state = StateDict.of(new TestBlock(checkpoint.tensors()));
    assertThatThrownBy(() -> state.save(folder.resolve("x.safetensors"), OWN, Map.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is not initialized");
    assertThat(folder).isEmptyDirectory();
  }
}
