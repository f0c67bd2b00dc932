package dev.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsWriteTest {
  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /** The bytes that safetensors.torch.save_file of safetensors 0.8 writes for these tensors. */
  @Test
  void writes_the_bytes_of_the_reference_writer() throws IOException {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    arrays.put("b", manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2)));
    arrays.put("a", manager.create(new byte[] {5}));
    arrays.put("é", manager.create(6L));
    arrays.put("Z", manager.create(new float[0], new Shape(0, 3)));
    Path path = folder.resolve("w.safetensors");
    SafeTensors.write(path, arrays, Map.of("format", "pt"));

    byte[] bytes = Files.readAllBytes(path);
    int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    String expected =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"é\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
            + "\"Z\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[8,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[8,24]},"
            + "\"a\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[24,25]}}";
    assertThat(length % 8).isZero();
    String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
    assertThat(header.stripTrailing()).isEqualTo(expected);
    assertThat(length - expected.getBytes(StandardCharsets.UTF_8).length).isBetween(0, 7);
    ByteBuffer data = ByteBuffer.allocate(25).order(ByteOrder.LITTLE_ENDIAN);
    data.putLong(6).putFloat(1).putFloat(2).putFloat(3).putFloat(4).put((byte) 5);
    assertThat(bytes).endsWith(data.array()).hasSize(8 + length + 25);
  }

  @Test
  void random_dictionaries_come_back_bit_for_bit() throws IOException {
    Random random = new Random(7);
    List<DataType> types =
        List.of(
            DataType.BOOLEAN,
            DataType.UINT8,
            DataType.INT8,
            DataType.INT32,
            DataType.INT64,
            DataType.FLOAT32,
            DataType.FLOAT64);
    for (int round = 0; round < 100; round++) {
      Map<String, NDArray> arrays = new LinkedHashMap<>();
      int count = random.nextInt(8);
      for (int i = 0; i < count; i++) {
        long[] dims = random.ints(random.nextInt(5), 0, 4).asLongStream().toArray();
        Shape shape = new Shape(dims);
        DataType type = types.get(random.nextInt(types.size()));
        byte[] bytes = new byte[(int) shape.size() * type.getNumOfBytes()];
        random.nextBytes(bytes);
        if (type == DataType.BOOLEAN) {
          for (int b = 0; b < bytes.length; b++) {
            bytes[b] &= 1;
          }
        }
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.nativeOrder());
        buffer.put(bytes).rewind();
        NDArray array =
            bytes.length == 0 ? manager.create(shape, type) : manager.create(buffer, shape, type);
        arrays.put(i + "." + type, array);
      }
      Path path = folder.resolve("r.safetensors");
      Map<String, String> metadata = round % 2 == 0 ? Map.of() : Map.of("\"k\\", "漢\n\u2028😀");
      SafeTensors.write(path, arrays, metadata);
      try (SafeTensors file = SafeTensors.open(path)) {
        assertThat(file.metadata()).isEqualTo(metadata);
        assertThat(file.tensors().keySet()).isEqualTo(arrays.keySet());
        for (Map.Entry<String, NDArray> entry : arrays.entrySet()) {
          NDArray read = file.read(manager, entry.getKey());
          assertThat(read.getShape()).isEqualTo(entry.getValue().getShape());
          assertThat(read.getDataType()).isEqualTo(entry.getValue().getDataType());
          if (read.size() > 0) {
            assertThat(read.toByteBuffer()).isEqualTo(entry.getValue().toByteBuffer());
          }
        }
      }
    }
  }

  @Test
  void halves_are_written_as_halves() throws IOException {
    NDArray half = manager.create(new float[] {1.5f, -2, 65504}).toType(DataType.FLOAT16, false);
    Path path = folder.resolve("h.safetensors");
    SafeTensors.write(path, Map.of("h", half), Map.of());
    assertThat(Files.readString(path, StandardCharsets.ISO_8859_1))
        .contains("\"F16\"")
        .endsWith("\u0000>\u0000\u00c0\u00ff{");
    try (SafeTensors file = SafeTensors.open(path)) {
      assertThat(file.read(manager, "h").toFloatArray()).containsExactly(1.5f, -2, 65504);
    }
  }

  @Test
  void an_array_that_is_a_transposed_or_cut_view_is_written_in_row_order() throws IOException {
    NDArray array = manager.arange(6f).reshape(2, 3);
    Path path = folder.resolve("v.safetensors");
    int arrays = manager.getManagedArrays().size();
    NDArray column = array.get(new NDIndex(":, 1"));
    SafeTensors.write(path, Map.of("t", array.transpose(), "c", column), Map.of());
    assertThat(manager.getManagedArrays()).hasSize(arrays + 2);
    try (SafeTensors file = SafeTensors.open(path)) {
      assertThat(file.read(manager, "t").toFloatArray()).containsExactly(0, 3, 1, 4, 2, 5);
      assertThat(file.read(manager, "c").toFloatArray()).containsExactly(1, 4);
    }
  }

  @Test
  void a_failed_write_leaves_the_old_file_and_nothing_else() throws IOException {
    Path path = folder.resolve("old.safetensors");
    Files.writeString(path, "old");
    Checkpoint failing =
        new Checkpoint() {
          private final Checkpoint real =
              TestCheckpoint.of("disk", "a", new Shape(1000), "b", new Shape(10));

          @Override
          public String source() {
            return real.source();
          }

          @Override
          public Map<String, TensorInfo> tensors() {
            return real.tensors();
          }

          @Override
          public NDArray read(NDManager manager, String name) throws IOException {
            if (name.equals("b")) {
              throw new IOException("planted");
            }
            return real.read(manager, name);
          }
        };
    assertThatThrownBy(() -> SafeTensors.write(path, failing, Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessage("planted");
    assertThat(path).hasContent("old");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void a_finished_write_replaces_the_old_file() throws IOException {
    Path path = folder.resolve("old.safetensors");
    Files.writeString(path, "old");
    SafeTensors.write(path, TestCheckpoint.of("new", "a", new Shape(3)), Map.of());
    try (SafeTensors file = SafeTensors.open(path);
        Stream<Path> files = Files.list(folder)) {
      assertThat(file.read(manager, "a").toFloatArray())
          .isEqualTo(TestCheckpoint.values("a", new Shape(3)));
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void refuses_what_it_could_not_read_back() {
    Path path = folder.resolve("no.safetensors");
    Map<String, NDArray> reserved = Map.of("__metadata__", manager.create(1f));
    assertThatThrownBy(() -> SafeTensors.write(path, reserved, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("__metadata__");
    Map<String, NDArray> text = Map.of("s", manager.create("text"));
    assertThatThrownBy(() -> SafeTensors.write(path, text, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("'s'", "string");
    assertThatThrownBy(
            () ->
                SafeTensors.write(
                    path, TestCheckpoint.of("x", "big", new Shape(1 << 20, 1 << 10)), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("'big'", "2 GiB");
    assertThatThrownBy(
            () -> SafeTensors.write(path, TestCheckpoint.of("x", "\ud800", new Shape(1)), Map.of()))
        .isInstanceOf(IOException.class);
    assertThat(path).doesNotExist();
  }

  @Test
  void a_missing_folder_is_an_error() {
    Path path = folder.resolve("none").resolve("x.safetensors");
    assertThatThrownBy(
            () -> SafeTensors.write(path, TestCheckpoint.of("x", "a", new Shape(1)), Map.of()))
        .isInstanceOf(NoSuchFileException.class);
  }
}
