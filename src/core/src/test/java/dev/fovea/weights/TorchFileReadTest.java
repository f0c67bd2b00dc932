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
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files below torch/ were written by PyTorch 2.7.1, and the values printed by it. */
class TorchFileReadTest {
  static final Path GOOD = Path.of("src/test/resources/golden/files/good");
  static final Path TORCH = Path.of("src/test/resources/torch");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"state_dict.pth", "nested_model.pth", "legacy.pth"})
  void a_state_dict_is_read_from_either_format_and_from_under_a_key(String name)
      throws IOException {
    try (WeightFile file = WeightFile.open(GOOD.resolve(name))) {
      assertThat(file).isInstanceOf(TorchFile.class);
      assertThat(file.tensors().keySet()).containsExactly("a.weight", "a.bias");
      assertTensor(file, "a.weight", DataType.FLOAT32, new Shape(2, 3), 0, 1, 2, 3, 4, 5);
      assertTensor(file, "a.bias", DataType.FLOAT32, new Shape(2), 0.5, -1);
    }
  }

  @Test
  void views_half_types_and_parameters_are_read_as_they_are_seen() throws IOException {
    try (WeightFile file = WeightFile.open(GOOD.resolve("views.pth"))) {
      DataType f32 = DataType.FLOAT32;
      assertThat(file.tensors()).hasSize(5);
      assertTensor(file, "t", f32, new Shape(4, 3), 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
      assertTensor(file, "view", f32, new Shape(3), 5, 6, 7);
      assertTensor(file, "half", f32, new Shape(1), 1.5);
      assertTensor(file, "bf", f32, new Shape(1), 2.5);
      assertTensor(file, "param", f32, new Shape(2), 1, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"kinds.pth", "kinds_legacy.pth", "kinds_protocol4.pth", "no_checksums.pth"})
  void every_type_and_every_kind_of_view_is_read(String name) throws IOException {
    DataType f32 = DataType.FLOAT32;
    double[] base = new double[24];
    double[] permuted = new double[24];
    for (int i = 0; i < 24; i++) {
      base[i] = i;
      permuted[i] = i / 6 + 4 * (i % 6); // (2, 3, 4) seen as (4, 2, 3)
    }
    try (WeightFile file = WeightFile.open(TORCH.resolve(name))) {
      assertThat(file.tensors()).hasSize(20);
      assertTensor(file, "zero_d", f32, new Shape(), 3.5);
      assertTensor(file, "empty", f32, new Shape(0, 3));
      assertTensor(file, "base", f32, new Shape(2, 3, 4), base);
      assertTensor(file, "tied", f32, new Shape(2, 3, 4), base);
      assertTensor(file, "permuted", f32, new Shape(4, 2, 3), permuted);
      assertTensor(file, "sliced", f32, new Shape(3, 3), 6, 8, 10, 12, 14, 16, 18, 20, 22);
      assertTensor(file, "diagonal", f32, new Shape(4), 0, 5, 10, 15);
      assertTensor(file, "expanded", f32, new Shape(2, 3), 1, 1, 1, 2, 2, 2);
      assertTensor(file, "unfolded", f32, new Shape(3, 3), 0, 1, 2, 1, 2, 3, 2, 3, 4);
      assertTensor(file, "bool", DataType.BOOLEAN, new Shape(3), 1, 0, 1);
      assertTensor(file, "bools", DataType.BOOLEAN, new Shape(2, 3), 1, 0, 1, 0, 1, 1);
      assertTensor(file, "short", DataType.INT32, new Shape(2), -32768, 7);
      assertTensor(file, "int", DataType.INT32, new Shape(2), -0x1p31, 7);
      assertTensor(file, "long", DataType.INT64, new Shape(2), -0x1p63, 7);
      assertTensor(file, "char", DataType.INT8, new Shape(2), -128, 7);
      assertTensor(file, "byte", DataType.UINT8, new Shape(2), 255, 7);
      assertTensor(file, "double", DataType.FLOAT64, new Shape(2), 0.1, -0.0);
      assertTensor(file, "halves", f32, new Shape(2, 2), 1.5, 65504, -2, 0x1p-24);
      assertTensor(file, "bf", f32, new Shape(2, 2), 1.5, 0x1.c4p127, -2, 0x1p-126);
      assertTensor(file, "parameter", f32, new Shape(2), 1, 2);
    }
  }

  @Test
  void the_weights_are_found_in_a_checkpoint_of_a_training() throws IOException {
    try (TorchFile file = TorchFile.open(TORCH.resolve("training.pth"))) {
      assertThat(file.tensors()).hasSize(23);
      assertTensor(file, "ushort", DataType.INT32, new Shape(2), 65535, 7);
      assertTensor(file, "parameter", DataType.FLOAT32, new Shape(2), 1, 2);
      assertThat(file.tensors().get("f8"))
          .isEqualTo(new TensorInfo(DataType.UNKNOWN, new Shape(2)));
      assertRefused(file, "f8", "is of type F8_E4M3, which cannot be loaded");
      assertRefused(file, "complex", "is of type C64, which cannot be loaded");
    }
  }

  @Test
  void one_of_several_dictionaries_is_chosen_by_its_key() throws IOException {
    Path two = TORCH.resolve("two.pth");
    assertThatThrownBy(() -> WeightFile.open(two))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContainingAll("two.pth", "several", "'model', 'model_ema'", "path, key");
    assertThatThrownBy(() -> TorchFile.open(two, "epoch"))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContaining("no dictionary of tensors 'epoch', but 'model', 'model_ema'");
    try (TorchFile file = TorchFile.open(two, "model_ema")) {
      assertTensor(file, "w", DataType.FLOAT32, new Shape(2), 2, 2);
    }
  }

  /** Half types, both formats, and prefixes of wrappers, as published trainings have them. */
  @ParameterizedTest
  @CsvSource({
    "nested_state_dict.pth, state_dict, module.",
    "nested_model_ema.pth, model_ema, ''",
    "nested_teacher.pth, teacher, backbone.",
    "nested_teacher.pth, student, module.backbone."
  })
  void the_weights_of_a_training_are_found_below_key_and_prefix(
      String name, String key, String prefix) throws IOException {
    try (TorchFile file = TorchFile.open(TORCH.resolve(name), key)) {
      Checkpoint weights = Adapt.under(file, prefix);
      assertThat(weights.tensors().keySet()).containsExactly("fc.weight", "fc.bias");
      assertTensor(weights, "fc.weight", DataType.FLOAT32, new Shape(2, 3), 0, 1, 2, 3, 4, 5);
      assertTensor(weights, "fc.bias", DataType.FLOAT32, new Shape(2), 0.5, -1);
      assertThatThrownBy(() -> Adapt.under(file, "net."))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(name, "below 'net.'", "'" + prefix + "fc.weight'");
    }
  }

  @Test
  void a_small_file_cannot_ask_for_a_large_array() throws IOException {
    byte[] bytes = Files.readAllBytes(GOOD.resolve("legacy.pth"));
    // Sizes (2, 3) and strides (3, 1) of a.weight become sizes (1025, 1024) and strides (0, 0).
    byte[] sizes = {'K', 2, 'K', 3, (byte) 0x86, 'q', 8, 'K', 3, 'K', 1, (byte) 0x86};
    byte[] large = {'M', 1, 4, 'M', 0, 4, (byte) 0x86, 'K', 0, 'K', 0, (byte) 0x86};
    Path path = Files.write(folder.resolve("large.pth"), replaced(bytes, sizes, large));
    try (TorchFile file = TorchFile.open(path)) {
      assertThat(file.tensors().get("a.weight"))
          .isEqualTo(new TensorInfo(DataType.FLOAT32, new Shape(1025, 1024)));
      assertRefused(file, "a.weight", "repeats elements of its storage and has over 1048576");
    }
  }

  @Test
  void a_wide_view_is_gathered_from_all_over_its_storage() throws IOException {
    // 100,000 floats as (2, 50000), seen transposed; then every 20,000th of them.
    PickleText pickle =
        new PickleText()
            .tensorDict("t", "0", 100_000, 0, List.of(50_000, 2), List.of(1, 50_000))
            .tensorDict("s", "0", 100_000, 7, List.of(5), List.of(20_000));
    Path path = pickle.writeZip(folder.resolve("wide.pth"), 100_000);
    try (TorchFile file = TorchFile.open(path, "dict-of-s")) {
      assertTensor(file, "s", DataType.FLOAT32, new Shape(5), 7, 20_007, 40_007, 60_007, 80_007);
    }
    try (TorchFile file = TorchFile.open(path, "dict-of-t")) {
      double[] expected = new double[100_000];
      Arrays.setAll(expected, i -> i / 2 + 50_000 * (i % 2));
      assertTensor(file, "t", DataType.FLOAT32, new Shape(50_000, 2), expected);
    }
  }

  @Test
  void a_file_is_known_by_its_bytes_and_not_by_its_name() throws IOException {
    Path weights = Files.copy(GOOD.resolve("views.pth"), folder.resolve("x.safetensors"));
    Path tensors = Files.copy(GOOD.resolve("padded.safetensors"), folder.resolve("x.pth"));
    try (WeightFile one = WeightFile.open(weights);
        WeightFile other = WeightFile.open(tensors)) {
      assertThat(one).isInstanceOf(TorchFile.class);
      assertThat(other).isInstanceOf(SafeTensors.class);
    }
    Path text = Files.writeString(folder.resolve("x.txt"), "some text, and more");
    assertThatThrownBy(() -> WeightFile.open(text))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContainingAll("x.txt", "neither a safetensors file", "nor one of PyTorch");
    assertThatThrownBy(() -> WeightFile.open(folder))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContaining("not a regular file");
    assertThatThrownBy(() -> WeightFile.open(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void an_absent_name_is_an_error_of_the_caller() throws IOException {
    try (WeightFile file = WeightFile.open(GOOD.resolve("views.pth"));
        NDManager manager = NDManager.newBaseManager()) {
      assertThatThrownBy(() -> file.read(manager, "u"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("has no tensor 'u'");
    }
  }

  private static void assertTensor(
      Checkpoint file, String name, DataType type, Shape shape, double... values)
      throws IOException {
    assertThat(file.tensors()).containsEntry(name, new TensorInfo(type, shape));
    try (NDManager manager = NDManager.newBaseManager();
        NDArray array = file.read(manager, name)) {
      assertThat(array.getShape()).isEqualTo(shape);
      assertThat(array.getDataType()).isEqualTo(type);
      assertThat(array.toType(DataType.FLOAT64, true).toDoubleArray()).as(name).isEqualTo(values);
    }
  }

  private static void assertRefused(Checkpoint file, String name, String reason) {
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThatThrownBy(() -> file.read(manager, name))
          .isInstanceOf(WeightsFormatException.class)
          .hasMessageContainingAll(file.source(), "'" + name + "'", reason);
    }
  }

  /** Replaces bytes that stand once; what is left over of the old ones is dropped. */
  private static byte[] replaced(byte[] bytes, byte[] old, byte[] with) {
    for (int i = 0; i + old.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + old.length, old, 0, old.length)) {
        byte[] result = new byte[bytes.length - old.length + with.length];
        System.arraycopy(bytes, 0, result, 0, i);
        System.arraycopy(with, 0, result, i, with.length);
        int rest = bytes.length - i - old.length;
        System.arraycopy(bytes, i + old.length, result, i + with.length, rest);
        return result;
      }
    }
    throw new AssertionError("the bytes to replace are not there");
  }
}
