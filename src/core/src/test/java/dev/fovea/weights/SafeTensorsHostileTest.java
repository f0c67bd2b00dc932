package dev.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SafeTensorsHostileTest {
  private static final Path BAD = Path.of("src/test/resources/golden/files/bad");
  private static final String OK = "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "empty, has 0 bytes",
    "seven_bytes, has 7 bytes",
    "length_max, header length 18446744073709551615 is over the limit",
    "length_sign_bit, header length 9223372036854775808 is over the limit",
    "json_array, header does not start with '{'",
    "not_json, header does not start with '{'",
    "missing_dtype, 'tensor ''a'' needs dtype, shape and data_offsets'",
    "unknown_dtype, tensor 'a' has unknown dtype 'F33'",
    "shape_negative, 'has -2 in shape, expected digits only'",
    "shape_wraps_to_size, is larger than any file",
    "offset_negative, 'has -8 in data_offsets, expected digits only'",
    "offset_three, has more than 2 numbers in data_offsets",
  })
  void refuses_each_bad_file_with_its_name_and_the_reason(String file, String reason) {
    Path path = BAD.resolve(file + ".safetensors");
    assertThat(path).exists();
    assertThatThrownBy(() -> SafeTensors.open(path))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContainingAll(file + ".safetensors", reason);
  }

  @Test
  void every_bad_file_has_its_line_above() throws Exception {
    try (Stream<Path> files = Files.list(BAD)) {
      assertThat(files.filter(f -> f.toString().endsWith(".safetensors"))).hasSize(12);
    }
  }

  static Stream<List<String>> attacks() {
    String two = "{\"a\":" + OK + ",\"b\":";
    return Stream.of(
        List.of("{\"a\":" + OK + ",\"a\":" + OK + "}", "'a' stands twice in the header"),
        List.of(two + tensor("[1]", "[12,16]") + "}", "begins at byte 12 of the data, expected 8"),
        List.of(two + tensor("[1]", "[4,8]") + "}", "begins at byte 4 of the data, expected 8"),
        List.of("{\"a\":" + tensor("[1]", "[0,4]") + "}", "take 4 bytes, but the file holds 8"),
        List.of("{\"a\":" + tensor("[4294967296,4294967296]", "[0,8]") + "}", "larger than any"),
        List.of("{\"a\":" + tensor("[2305843009213693952]", "[0,8]") + "}", "larger than any"),
        List.of("{\"a\":" + tensor("[0,4294967296,4294967296]", "[0,0]") + "}", "larger than any"),
        List.of("{\"a\":" + tensor("[2e0]", "[0,8]") + "}", "has 2e0 in shape, expected digits"),
        List.of("{\"a\":" + tensor("[2.0]", "[0,8]") + "}", "has 2.0 in shape, expected digits"),
        List.of("{\"a\":" + tensor("[2]", "[-0,8]") + "}", "has -0 in data_offsets"),
        List.of("{\"a\":" + tensor("[\"2\"]", "[0,8]") + "}", "has STRING where NUMBER belongs"),
        List.of("{\"a\":" + tensor("[99999999999999999999]", "[0,8]") + "}", "is over 2^63 - 1"),
        List.of("{\"a\":" + tensor("[2]", "[0]") + "}", "has 1 data_offsets, expected 2"),
        List.of("{\"a\":" + tensor("[2]", "[8,0]") + "}", "takes 8 bytes, not data_offsets"),
        List.of("{\"a\":" + tensor("[3]", "[0,8]") + "}", "takes 12 bytes, not data_offsets"),
        List.of("{\"a\":" + tensor("[2]", "[0,8]").replace("F32", "F4") + "}", "takes 1 bytes"),
        List.of("{\"a\":" + tensor("[1]", "[0,8]").replace("F32", "F4") + "}", "whole byte"),
        List.of("{\"a\":" + tensor("[2]", "[0,8],\"shape\":[2]") + "}", "has shape twice"),
        List.of("{\"a\":[\"F32\",[2],[0,8]]}", "has BEGIN_ARRAY where BEGIN_OBJECT belongs"),
        List.of("{\"a\":" + OK.replace("\"F32\"", "32") + "}", "NUMBER where STRING belongs"),
        List.of("{\"a\":" + OK.replace("[2]", "2") + "}", "NUMBER where BEGIN_ARRAY belongs"),
        List.of("{\"a\":" + OK.replace("[2]", "null") + "}", "NULL where BEGIN_ARRAY belongs"),
        List.of("{\"a\":" + OK + "} x", "header is not strict JSON"),
        List.of("{\"a\":" + OK + "}{}", "header is not strict JSON"),
        List.of("{\"a\":" + OK + ",}", "header is not strict JSON"),
        List.of("{\"a\":" + OK, "header is not strict JSON"),
        List.of("{a:" + OK + "}", "header is not strict JSON"),
        List.of("{'a':" + OK + "}", "header is not strict JSON"),
        List.of("{/* */\"a\":" + OK + "}", "header is not strict JSON"),
        List.of("{\"a\":" + tensor("[02]", "[0,8]") + "}", "header is not strict JSON"),
        List.of("{\"a\\ud800\":" + OK + "}", "half of a surrogate pair"),
        List.of("{\"a\n\":" + OK + "}", "header is not strict JSON"),
        List.of("{\"__metadata__\":{\"k\":1},\"a\":" + OK + "}", "NUMBER where STRING belongs"),
        List.of("{\"__metadata__\":{\"k\":{}},\"a\":" + OK + "}", "BEGIN_OBJECT where STRING"),
        List.of("{\"__metadata__\":[],\"a\":" + OK + "}", "header is not strict JSON"),
        List.of("{\"__metadata__\":{\"k\":\"\",\"k\":\"\"},\"a\":" + OK + "}", "stands twice"),
        List.of(
            "{\"__metadata__\":{},\"__metadata__\":{},\"a\":" + OK + "}", "stands twice in the"),
        List.of("{\"a\":" + tensor("[" + "1,".repeat(64) + "2]", "[0,8]") + "}", "more than 64"),
        List.of(
            "{\"a\":" + OK.replace("}", ",\"x\":" + "[".repeat(100_000)) + "}",
            "header is not strict JSON"));
  }

  private static String tensor(String shape, String offsets) {
    return SafeTensorsFile.tensor("F32", shape, offsets);
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void refuses_each_named_attack(List<String> attack) throws IOException {
    Path path = SafeTensorsFile.write(folder, attack.get(0), 8);
    assertThatThrownBy(() -> SafeTensors.open(path))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContainingAll("made.safetensors", attack.get(1));
  }

  @Test
  void reads_what_the_reference_reader_reads_too() throws IOException {
    List<String> headers =
        List.of(
            "{\"a\":" + OK + "}",
            "{\"a\":" + OK.replace("}", ",\"more\":{\"x\":[1,null]}}") + "}",
            "{\"__metadata__\":null,\"a\":" + OK + "}",
            "{\"\":" + OK + "}",
            "{ \"a\" : " + OK + " }\n\t ",
            "{\"a\\u0041\\n\":" + OK + "}",
            "{\"a\":" + OK + ",\"b\":" + tensor("[0]", "[8,8]") + "}",
            "{\"a\":" + OK + ",\"b\":" + tensor("[3,0]", "[0,0]") + "}");
    for (String header : headers) {
      try (SafeTensors file = SafeTensors.open(SafeTensorsFile.write(folder, header, 8))) {
        assertThat(file.tensors()).as(header).isNotEmpty();
      }
    }
  }

  @Test
  void refuses_text_that_is_not_utf_8() throws IOException {
    byte[] header = ("{\"a?\":" + OK + "}").getBytes(StandardCharsets.US_ASCII);
    header[3] = (byte) 0xff;
    Path path = folder.resolve("latin.safetensors");
    Files.write(path, SafeTensorsFile.bytes(header, new byte[8]));
    assertThatThrownBy(() -> SafeTensors.open(path))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContaining("header is not UTF-8");
  }

  @Test
  void refuses_a_header_that_is_longer_than_the_file() throws IOException {
    byte[] bytes = SafeTensorsFile.bytes("{\"a\":" + OK + "}", 8);
    for (int length = 8; length < bytes.length; length++) {
      Path path = folder.resolve("short.safetensors");
      Files.write(path, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> SafeTensors.open(path)).isInstanceOf(WeightsFormatException.class);
    }
  }

  @Test
  void refuses_a_header_over_100_mb() throws IOException {
    assertThatThrownBy(() -> SafeTensors.open(sparse(100_000_001)))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContaining("header length 100000001 is over the limit of 100000000");
  }

  @Test
  void refuses_half_a_million_tensors_at_the_limit() throws IOException {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < 500_000; i++) {
      header.append(i == 0 ? "\"" : ",\"").append(i).append("\":").append(tensor("[0]", "[0,0]"));
    }
    Path path = SafeTensorsFile.write(folder, header.append("}").toString(), 0);
    assertThatThrownBy(() -> SafeTensors.open(path))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContaining("more than 100000 tensors");
  }

  @Test
  void refuses_a_name_that_would_fill_the_heap() throws IOException {
    byte[] header = new byte[20 << 20];
    Arrays.fill(header, (byte) 'x');
    header[0] = '{';
    header[1] = '"';
    Path path = folder.resolve("name.safetensors");
    Files.write(path, SafeTensorsFile.bytes(header, new byte[0]));
    assertThatThrownBy(() -> SafeTensors.open(path))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContaining("more than 8388608 characters of text");
  }

  @Test
  void a_message_shows_a_hostile_name_short_and_without_control_characters() throws IOException {
    String name = "\\u001b[2J\\u202e" + "n".repeat(5000);
    Path path = SafeTensorsFile.write(folder, "{\"" + name + "\":{}}", 8);
    assertThatThrownBy(() -> SafeTensors.open(path))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContaining("tensor '?[2J?nnn")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(500));
  }

  /** A file of its own length in zeros; takes no space where the file system knows holes. */
  private Path sparse(long headerLength) throws IOException {
    Path path = folder.resolve("sparse.safetensors");
    try (FileChannel file =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      ByteBuffer length = ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN);
      file.write(length.putLong(headerLength).put((byte) '{').flip());
      file.write(ByteBuffer.allocate(1), headerLength + 8);
    }
    return path;
  }
}
