package dev.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected values are those that the PyPI package safetensors 0.8 reads from the same files. */
class SafeTensorsReadTest {
  static final Path GOOD = Path.of("src/test/resources/golden/files/good");

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void reads_every_type_of_the_reference_file() throws IOException {
    try (SafeTensors file = SafeTensors.open(GOOD.resolve("dtypes.safetensors"))) {
      assertThat(file.metadata()).isEqualTo(Map.of("format", "pt", "note", "é漢"));
      assertThat(file.tensors().keySet())
          .containsExactly(
              "i64", "f64", "f32", "none", "scalar", "i32", "bf16", "f16", "i16", "i8", "u8",
              "bool");
      assertThat(read(file, "i64", DataType.INT64, new Shape(1)).toLongArray())
          .containsExactly(1L << 40);
      assertThat(read(file, "f64", DataType.FLOAT64, new Shape(2)).toDoubleArray())
          .containsExactly(1, 1);
      assertThat(read(file, "f32", DataType.FLOAT32, new Shape(3)).toFloatArray())
          .containsExactly(1, 1, 1);
      assertThat(read(file, "none", DataType.FLOAT32, new Shape(0, 3)).size()).isZero();
      assertThat(read(file, "scalar", DataType.FLOAT32, new Shape()).getFloat()).isEqualTo(4.25f);
      assertThat(read(file, "i32", DataType.INT32, new Shape(1)).toIntArray()).containsExactly(-7);
      assertThat(read(file, "bf16", DataType.FLOAT32, new Shape(2)).toFloatArray())
          .containsExactly(1.5f, -2.25f);
      assertThat(read(file, "f16", DataType.FLOAT32, new Shape(2)).toFloatArray())
          .containsExactly(1, 1);
      assertThat(read(file, "i16", DataType.INT32, new Shape(1)).toIntArray()).containsExactly(3);
      assertThat(read(file, "i8", DataType.INT8, new Shape(1)).toByteArray())
          .containsExactly((byte) -3);
      assertThat(read(file, "u8", DataType.UINT8, new Shape(1)).toUint8Array())
          .containsExactly(255);
      assertThat(read(file, "bool", DataType.BOOLEAN, new Shape(2)).toBooleanArray())
          .containsExactly(true, false);
    }
  }

  private NDArray read(SafeTensors file, String name, DataType type, Shape shape)
      throws IOException {
    assertThat(file.tensors()).containsEntry(name, new TensorInfo(type, shape));
    NDArray array = file.read(manager, name);
    assertThat(array.getDataType()).isEqualTo(type);
    assertThat(array.getShape()).isEqualTo(shape);
    assertThat(array.getName()).isEqualTo(name);
    return array;
  }

  @ParameterizedTest
  @ValueSource(strings = {"F16", "BF16"})
  void every_value_of_sixteen_bits_is_exact_in_a_large_tensor(String type) throws IOException {
    int count = Widening.HALVES + 3; // twice what is widened at once, and a rest
    ByteBuffer data = ByteBuffer.allocate(2 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      data.putShort((short) i);
    }
    String entry = SafeTensorsFile.tensor(type, "[" + count + "]", "[0," + 2 * count + "]");
    byte[] header = ("{\"t\":" + entry + "}").getBytes(StandardCharsets.UTF_8);
    Path path = folder.resolve("halves.safetensors");
    Files.write(path, SafeTensorsFile.bytes(header, data.array()));
    try (SafeTensors file = SafeTensors.open(path)) {
      float[] values = file.read(manager, "t").toFloatArray();
      assertThat(values).hasSize(count);
      int wrong = 0;
      for (int i = 0; i < count; i++) {
        short stored = (short) i;
        float expected =
            Float.intBitsToFloat(
                type.equals("F16") ? HalfFloats.floatBits(stored) : stored << Short.SIZE);
        // Equal as numbers, with the sign of zero; one NaN is as good as another.
        wrong += Float.compare(values[i], expected) == 0 ? 0 : 1;
      }
      assertThat(wrong).isZero();
    }
  }

  @Test
  void reads_a_file_without_tensors() throws IOException {
    try (SafeTensors file = SafeTensors.open(GOOD.resolve("no_tensors.safetensors"))) {
      assertThat(file.tensors()).isEmpty();
      assertThat(file.metadata()).isEmpty();
    }
  }

  @Test
  void reads_a_padded_header() throws IOException {
    try (SafeTensors file = SafeTensors.open(GOOD.resolve("padded.safetensors"))) {
      assertThat(read(file, "a", DataType.FLOAT32, new Shape(2)).toFloatArray())
          .containsExactly(0, 0);
    }
  }

  @Test
  void reads_tensors_that_are_listed_in_another_order_than_they_are_stored() throws IOException {
    try (SafeTensors file = SafeTensors.open(GOOD.resolve("unsorted.safetensors"))) {
      assertThat(file.tensors().keySet()).containsExactly("a", "b");
      assertThat(read(file, "a", DataType.FLOAT32, new Shape(2)).toFloatArray())
          .containsExactly(1, 2);
      assertThat(read(file, "b", DataType.FLOAT32, new Shape(2)).toFloatArray())
          .containsExactly(3, 4);
    }
  }

  @Test
  void every_half_becomes_the_float_of_the_same_value() throws IOException {
    byte[] data = new byte[2 << 16];
    ByteBuffer shorts = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 1 << 16; i++) {
      shorts.putShort((short) i);
    }
    String header = "{\"h\":" + SafeTensorsFile.tensor("F16", "[65536]", "[0,131072]") + "}";
    Path path = folder.resolve("half.safetensors");
    Files.write(path, SafeTensorsFile.bytes(header.getBytes(StandardCharsets.US_ASCII), data));
    try (SafeTensors file = SafeTensors.open(path)) {
      float[] floats = file.read(manager, "h").toFloatArray();
      for (int i = 0; i < floats.length; i++) {
        int exponent = i >> 10 & 0x1f;
        int fraction = i & 0x3ff;
        // IEEE 754-2008, 3.4: binary16
        double magnitude =
            exponent == 0
                ? fraction * 0x1p-24
                : exponent < 31
                    ? (1 + fraction / 1024.0) * Math.scalb(1.0, exponent - 15)
                    : fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        Double expected = (i & 0x8000) == 0 ? magnitude : -magnitude;
        assertThat((double) floats[i]).as("half %04x", i).isEqualTo(expected);
      }
    }
  }

  @Test
  void every_bfloat_becomes_the_float_of_the_same_upper_bits() throws IOException {
    byte[] data = new byte[2 << 16];
    ByteBuffer shorts = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 1 << 16; i++) {
      shorts.putShort((short) i);
    }
    String header = "{\"b\":" + SafeTensorsFile.tensor("BF16", "[2,32768]", "[0,131072]") + "}";
    Path path = folder.resolve("bfloat.safetensors");
    Files.write(path, SafeTensorsFile.bytes(header.getBytes(StandardCharsets.US_ASCII), data));
    try (SafeTensors file = SafeTensors.open(path)) {
      ByteBuffer bits = file.read(manager, "b").toByteBuffer().order(ByteOrder.nativeOrder());
      for (int i = 0; i < 1 << 16; i++) {
        assertThat(bits.getInt()).isEqualTo(i << 16);
      }
    }
  }

  @Test
  void integers_without_an_array_type_are_widened() throws IOException {
    String header =
        "{\"u32\":"
            + SafeTensorsFile.tensor("U32", "[2]", "[0,8]")
            + ",\"u16\":"
            + SafeTensorsFile.tensor("U16", "[2]", "[8,12]")
            + ",\"i16\":"
            + SafeTensorsFile.tensor("I16", "[2]", "[12,16]")
            + "}";
    byte[] data = new byte[16];
    ByteBuffer.wrap(data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(-1)
        .putInt(5)
        .putShort((short) -1)
        .putShort((short) 6)
        .putShort((short) -1)
        .putShort(Short.MIN_VALUE);
    Path path = folder.resolve("ints.safetensors");
    Files.write(path, SafeTensorsFile.bytes(header.getBytes(StandardCharsets.US_ASCII), data));
    try (SafeTensors file = SafeTensors.open(path)) {
      assertThat(file.read(manager, "u32").toLongArray()).containsExactly(4294967295L, 5);
      assertThat(file.read(manager, "u16").toIntArray()).containsExactly(65535, 6);
      assertThat(file.read(manager, "i16").toIntArray()).containsExactly(-1, -32768);
    }
  }

  @Test
  void lists_but_does_not_read_types_without_an_array() throws IOException {
    for (String type :
        List.of(
            "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F4", "U64", "C64")) {
      int bytes = type.startsWith("F8") ? 2 : type.equals("F4") ? 1 : 16;
      String tensor = SafeTensorsFile.tensor(type, "[2]", "[0," + bytes + "]");
      Path path = SafeTensorsFile.write(folder, "{\"odd\":" + tensor + "}", bytes);
      try (SafeTensors file = SafeTensors.open(path)) {
        assertThat(file.tensors())
            .containsEntry("odd", new TensorInfo(DataType.UNKNOWN, new Shape(2)));
        assertThatThrownBy(() -> file.read(manager, "odd"))
            .isInstanceOf(WeightsFormatException.class)
            .hasMessageContainingAll("made.safetensors", "'odd'", type, "cannot be loaded");
      }
    }
  }

  @Test
  void refuses_a_truth_value_that_is_neither_0_nor_1() throws IOException {
    String header = "{\"t\":" + SafeTensorsFile.tensor("BOOL", "[1]", "[0,1]") + "}";
    Path path = folder.resolve("bool.safetensors");
    Files.write(
        path, SafeTensorsFile.bytes(header.getBytes(StandardCharsets.US_ASCII), new byte[] {7}));
    try (SafeTensors file = SafeTensors.open(path)) {
      assertThatThrownBy(() -> file.read(manager, "t"))
          .isInstanceOf(WeightsFormatException.class)
          .hasMessageContainingAll("bool.safetensors", "'t'", "neither 0 nor 1");
    }
  }

  @Test
  void refuses_a_name_that_is_not_there() throws IOException {
    try (SafeTensors file = SafeTensors.open(GOOD.resolve("padded.safetensors"))) {
      assertThatThrownBy(() -> file.read(manager, "b"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no tensor 'b'");
    }
  }

  @Test
  void a_file_that_is_cut_while_open_is_an_error() throws IOException {
    Path path = Files.copy(GOOD.resolve("unsorted.safetensors"), folder.resolve("cut.safetensors"));
    try (SafeTensors file = SafeTensors.open(path)) {
      Files.write(path, Arrays.copyOf(Files.readAllBytes(path), 140));
      assertThat(file.read(manager, "a").toFloatArray()).containsExactly(1, 2);
      assertThatThrownBy(() -> file.read(manager, "b"))
          .isInstanceOf(WeightsFormatException.class)
          .hasMessageContaining("was cut at byte 140");
    }
  }

  @Test
  void a_missing_file_and_a_folder_are_errors() {
    assertThatThrownBy(() -> SafeTensors.open(folder.resolve("none.safetensors")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> SafeTensors.open(folder))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContaining("not a regular file");
  }

  @Test
  void arrays_of_a_closed_file_live_on_and_can_be_written_to() throws IOException {
    NDArray array;
    try (SafeTensors file = SafeTensors.open(GOOD.resolve("unsorted.safetensors"))) {
      array = file.read(manager, "a");
    }
    array.addi(1);
    assertThat(array.toFloatArray()).containsExactly(2, 3);
  }
}
