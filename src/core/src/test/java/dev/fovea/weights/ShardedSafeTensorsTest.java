package dev.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardedSafeTensorsTest {
  private static final String ONE = "model-00001-of-00002.safetensors";
  private static final String TWO = "model-00002-of-00002.safetensors";

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @BeforeEach
  void writeShards() throws IOException {
    write(ONE, Map.of("a.weight", new float[] {1, 2}, "a.bias", new float[] {3}));
    write(TWO, Map.of("b.weight", new float[] {4, 5, 6}));
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private void write(String name, Map<String, float[]> values) throws IOException {
    Map<String, NDArray> arrays = new HashMap<>();
    values.forEach((key, value) -> arrays.put(key, manager.create(value)));
    SafeTensors.write(folder.resolve(name), arrays, Map.of());
  }

  private Path index(String json) throws IOException {
    String text = json.replace('\'', '"').replace("ONE", ONE).replace("TWO", TWO);
    return Files.writeString(folder.resolve("model.safetensors.index.json"), text);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {"'metadata':{'total_size':24,'x':[1]},", "'metadata':{'total_size':24.0},", "``"})
  void tensors_of_all_files_are_read_through_the_index(String metadata) throws IOException {
    Path index =
        index("{" + metadata + "'weight_map':{'a.bias':'ONE','a.weight':'ONE','b.weight':'TWO'}}");
    try (WeightFile file = WeightFile.open(index)) {
      assertThat(file).isInstanceOf(ShardedSafeTensors.class);
      assertThat(file.source()).isEqualTo(index.toString());
      assertThat(file.tensors())
          .containsOnlyKeys("a.weight", "a.bias", "b.weight")
          .containsEntry("b.weight", new TensorInfo(DataType.FLOAT32, new Shape(3)));
      assertThat(file.read(manager, "a.weight").toFloatArray()).containsExactly(1, 2);
      assertThat(file.read(manager, "b.weight").toFloatArray()).containsExactly(4, 5, 6);
      assertThatThrownBy(() -> file.read(manager, "c"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no tensor 'c'");
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{'weight_map':{'a':'../secret.safetensors'}}|not the plain name",
        "{'weight_map':{'a':'/etc/passwd'}}|not the plain name",
        "{'weight_map':{'a':'..'}}|not the plain name",
        "{'weight_map':{'a':'C:x'}}|not the plain name",
        "{'weight_map':{'a':'..\\\\x'}}|not the plain name",
        "{'weight_map':{'a':''}}|not the plain name",
        "{'weight_map':{'a':7}}|NUMBER where the name of a file belongs",
        "{'weight_map':{'a.bias':'ONE','a.bias':'TWO'}}|'a.bias' stands twice",
        "{'weight_map':{},'weight_map':{}}|'weight_map' twice",
        "{'weight_map':{'a.weight':'ONE'}}|in the index it is absent",
        "{'weight_map':{'a.weight':'TWO','a.bias':'ONE'}}|but in the index",
        "{'weight_map':{'a.weight':'ONE','a.bias':'ONE','c':'ONE'}}|'c' is not in",
        "{'weight_map':{'a':'model-3.safetensors'}}|not beside it",
        "{'weight_map':{'a':'model.safetensors.index.json'}}|header",
        "{'weight_map':{'b.weight':'TWO'},'metadata':{'total_size':13}}|take 13 bytes, but they take 12",
        "{'weight_map':{},'metadata':{'total_size':'13'}}|not a number of bytes",
        "{'weight_map':{},'metadata':{'total_size':-1}}|not a number of bytes",
        "{'weight_map':{},'metadata':{'total_size':1,'total_size':1}}|'total_size' twice",
        "{'weight_map':[]}|not a strict JSON index",
        "{'weight_map':{}} x|strict JSON",
        "{'weight_map':{'a|not a strict JSON index",
        "{'architectures':['ViT']}|no 'weight_map'"
      })
  void an_index_that_lies_is_refused_with_its_name(String json, String reason) throws IOException {
    Path index = index(json);
    assertThatThrownBy(() -> WeightFile.open(index))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContaining("model")
        .hasMessageContaining(reason);
  }

  @Test
  void a_tensor_that_is_in_two_files_is_refused() throws IOException {
    write(TWO, Map.of("a.bias", new float[] {4}, "b.weight", new float[] {4}));
    Path index = index("{'weight_map':{'a.bias':'ONE','a.weight':'ONE','b.weight':'TWO'}}");
    assertThatThrownBy(() -> WeightFile.open(index))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContainingAll("'a.bias'", TWO, "but in the index in " + ONE);
  }

  @Test
  void an_index_that_is_too_large_is_refused_unread() throws IOException {
    Path index = index("{'weight_map':{}}" + " ".repeat(ShardIndex.MOST_BYTES));
    assertThatThrownBy(() -> WeightFile.open(index))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContaining("over " + ShardIndex.MOST_BYTES);
  }

  @Test
  void an_absent_index_is_said_to_be_absent() {
    assertThatThrownBy(() -> ShardedSafeTensors.open(folder.resolve("none.json")))
        .isInstanceOf(NoSuchFileException.class);
  }
}
