package dev.fovea.weights;

import static dev.fovea.weights.PickleText.join;
import static dev.fovea.weights.PickleText.little;
import static dev.fovea.weights.PickleText.number;
import static dev.fovea.weights.PickleText.tensor;
import static dev.fovea.weights.PickleText.text;
import static dev.fovea.weights.PickleText.tuple;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TorchFileHostileTest {
  private static final Path BAD = Path.of("src/test/resources/golden/files/bad");
  private static final byte[] EMPTY = {};

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "empty, neither a safetensors file",
    "not_a_zip, does not end as a zip file",
    "raw_pickle_os_system, asks for posix.system",
    "stride_past_end, 'tensor ''a.weight'' with offset 0, shape [127, 127], strides [3, 1] reaches'",
    "zip_slip, 'entry ''../../../../tmp/pwned-by-zip'' has a name that leaves its folder'",
  })
  void refuses_each_bad_file_with_its_name_and_the_reason(String file, String reason) {
    refused(BAD.resolve(file + ".pth"), reason);
  }

  @Test
  void every_bad_file_has_its_line_above() throws IOException {
    try (Stream<Path> files = Files.list(BAD)) {
      assertThat(files.filter(f -> f.toString().endsWith(".pth"))).hasSize(5);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "sparse, asks for torch._utils._rebuild_sparse_tensor",
    "quantized, asks for torch._utils._rebuild_qtensor",
    "meta, asks for torch._utils._rebuild_meta_tensor_no_storage",
    "attributes, asks for torch._tensor._rebuild_from_type_v2",
    "module, asks for torch.nn.modules.linear.Linear",
    "complex128, asks for torch.ComplexDoubleStorage",
    "conjugated, lazily conjugated",
    "script, compressed: the file is TorchScript",
    "tensor, holds no dictionary",
    "nothing, 'has no dictionary of tensors, but ''epoch'''",
  })
  void refuses_by_name_what_is_not_a_dictionary_of_plain_tensors(String file, String reason) {
    refused(TorchFileReadTest.TORCH.resolve(file + ".pth"), reason);
  }

  static Stream<Arguments> pickles() {
    byte[] f = number(6);
    byte[] zero = number(0);
    byte[] one = tuple(List.of(1));
    long half = 1L << 62;
    return Stream.of(
        Arguments.of("cos\nsystem\n(", join(text("id"), "tR."), "asks for os.system"),
        Arguments.of("cposix\nsystem\n.", EMPTY, "asks for posix.system"),
        Arguments.of("cbuiltins\neval\n(", join(text("1"), "tR."), "asks for builtins.eval"),
        Arguments.of("c__builtin__\nexec\n.", EMPTY, "asks for __builtin__.exec"),
        Arguments.of("ctorch\nload\n.", EMPTY, "asks for torch.load"),
        Arguments.of("ctorch._utils\n_import_dotted_name\n.", EMPTY, "_import_dotted_name"),
        Arguments.of("ctorch.torch\nSize\n.", EMPTY, "asks for torch.torch.Size"),
        Arguments.of("ctorch\nstorage.UntypedStorage\n.", EMPTY, "asks for torch.storage.Unt"),
        Arguments.of("", join(text("os"), text("system"), "\u0093."), "asks for os.system"),
        Arguments.of("", join(text("os"), "q\0", text("system"), "h\0\u0093."), "system.os"),
        Arguments.of("", join(text("os"), "N\u0093."), "by something that is not text"),
        Arguments.of("\u0093.", EMPTY, "takes a value where there is none"),
        Arguments.of("ccollections\nOrderedDict\n)\u0081.", EMPTY, "opcode 0x81"),
        Arguments.of("(ios\nsystem\n.", EMPTY, "opcode 0x69"),
        Arguments.of("Pos.system\n.", EMPTY, "opcode 0x50"),
        Arguments.of("\u0082\u0001.", EMPTY, "opcode 0x82"),
        Arguments.of("\u008b", little(0x7fffffff, 4), "opcode 0x8b"),
        Arguments.of("X", little(0xffffffffL, 4), "needs 4294967295 bytes where 0 are left"),
        Arguments.of("T", little(0x80000000L, 4), "needs 2147483648 bytes where 0 are left"),
        Arguments.of("\u008d", little(-1, 8), "needs 18446744073709551615 bytes where 0"),
        Arguments.of("\u008d", little(Long.MAX_VALUE, 8), "needs 9223372036854775807 bytes"),
        Arguments.of("\u0095", little(1 << 30, 8), "needs 1073741824 bytes where 0 are left"),
        Arguments.of("\u008a\u00ff", EMPTY, "needs 255 bytes where 0 are left"),
        Arguments.of("X\2\0\0\0\u00c3(.", EMPTY, "text that is not UTF-8"),
        Arguments.of("c" + "a".repeat(300), EMPTY, "a name without an end"),
        Arguments.of("t.", EMPTY, "up to a mark where there is none"),
        Arguments.of("u.", EMPTY, "up to a mark where there is none"),
        Arguments.of("}(N(u.", EMPTY, "sets an item of what is not a dictionary"),
        Arguments.of("}(Nu.", EMPTY, "sets a key without a value"),
        Arguments.of("](a.", EMPTY, "takes a value where there is none"),
        Arguments.of(")Na.", EMPTY, "appends to what is not a list"),
        Arguments.of("h\5.", EMPTY, "recalls value 5, which it did not store"),
        Arguments.of("Nr", join(little(-1, 4), "."), "under the negative number -1"),
        Arguments.of("q\0.", EMPTY, "takes a value where there is none"),
        Arguments.of(".", EMPTY, "takes a value where there is none"),
        Arguments.of("NN.", EMPTY, "ends with more than one value"),
        Arguments.of("(N.", EMPTY, "ends with more than one value"),
        Arguments.of("}", EMPTY, "needs 1 bytes where 0 are left"),
        Arguments.of("}.N", EMPTY, "ends, but its entry has"),
        Arguments.of("\u0080\u0009}.", EMPTY, "is of protocol 9"),
        Arguments.of("})R.", EMPTY, "calls what is not a function"),
        Arguments.of("ccollections\nOrderedDict\n}R.", EMPTY, "arguments that are not a tuple"),
        Arguments.of("ccollections\nOrderedDict\n]N\u0085aR.", EMPTY, "not a tuple"),
        Arguments.of("ccollections\nOrderedDict\n](Ne\u0085R.", EMPTY, "with other arguments"),
        Arguments.of("ctorch\nFloatStorage\n)R.", EMPTY, "calls torch.FloatStorage"),
        Arguments.of("ctorch\nSize\nN\u0085R.", EMPTY, "calls torch.Size with other arguments"),
        Arguments.of("}}b.", EMPTY, "gives attributes to what is not an OrderedDict"),
        Arguments.of("ccollections\nOrderedDict\n}b.", EMPTY, "to what is not an OrderedDict"),
        Arguments.of("NQ.", EMPTY, "refers to something that is not a storage"),
        Arguments.of("", join("(", text("module"), "NNNNtQ."), "not a storage"),
        Arguments.of("", dict(tensor("0", number(-1), zero, one, one)), "not a storage"),
        Arguments.of("", dict(tensor("1", f, zero, one, one)), "'archive/data/1' is missing"),
        Arguments.of("", dict(tensor("../x", f, zero, one, one)), "'archive/data/../x' is missing"),
        Arguments.of("", dict(tensor("0", number(7), zero, one, one)), "has 24 bytes, expected 7"),
        Arguments.of("", dict(tensor("0", number(half), zero, one, one)), "has 24 bytes, expected"),
        Arguments.of("", dict(tensor("0", f, number(-1), one, one)), "has a negative number"),
        Arguments.of("", dict(tensor("0", f, number(6), one, one)), "reaches element 6 of a"),
        Arguments.of("", dict(tensor("0", f, zero, tuple(List.of(-1)), one)), "a negative number"),
        Arguments.of("", dict(tensor("0", f, zero, one, tuple(List.of(-1)))), "a negative number"),
        Arguments.of(
            "",
            dict(tensor("0", f, number(Long.MAX_VALUE), tuple(List.of(2)), one)),
            "larger than"),
        Arguments.of(
            "", dict(tensor("0", f, zero, sizes(half, 4), sizes(0, 0))), "larger than any"),
        Arguments.of(
            "", dict(tensor("0", f, zero, sizes(0, half), sizes(1, 1))), "larger than any"),
        Arguments.of("", dict(tensor("0", f, zero, sizes(2, 2), one)), "with other arguments"),
        Arguments.of("", dict(tensor("0", f, zero, text("2"), one)), "with other arguments"));
  }

  private static byte[] dict(byte[] tensor) {
    return join("}", text("a"), tensor, "s.");
  }

  private static byte[] sizes(long first, long second) {
    return join(number(first), number(second), "\u0086");
  }

  @ParameterizedTest
  @MethodSource("pickles")
  void refuses_each_hostile_pickle(String opcodes, byte[] more, String reason) throws IOException {
    byte[] start = opcodes.startsWith("\u0080") ? EMPTY : new byte[] {(byte) 0x80, 2};
    Path path = folder.resolve("made.pth");
    PickleText.zip(path, join(start, opcodes, more), new byte[24]);
    refused(path, reason);
  }

  @Test
  void refuses_two_descriptions_of_one_storage() throws IOException {
    byte[] one = tuple(List.of(1));
    byte[] first = tensor("0", number(6), number(0), one, one);
    byte[] second = tensor("0", number(7), number(0), one, one);
    Path path = folder.resolve("made.pth");
    PickleText.zip(path, join("}", text("a"), first, "s", text("b"), second, "s."), new byte[24]);
    refused(path, "refers to storage '0' in two ways");
  }

  /** Each has a few megabytes and would take gigabytes, or a stack as deep, in a naive reader. */
  @ParameterizedTest
  @CsvSource({"]", "}", "(", "N", "]2", "N\u0094"})
  void refuses_a_pickle_that_builds_without_end(String opcodes) throws IOException {
    String reason = opcodes.endsWith("2") ? "opcode 0x32" : "builds more than 1048576 values";
    Path path = folder.resolve("made.pth");
    PickleText.zip(path, join(opcodes.repeat(2_000_000)), EMPTY);
    refused(path, reason);
  }

  @Test
  void copies_made_from_a_remembered_list_are_counted() throws IOException {
    // 10,000 pairs, and then 3 bytes for each OrderedDict of them.
    byte[] pairs = join("](NN\u0086q\1", "h\1".repeat(9_999), "e");
    byte[] bomb = join(pairs, "\u0085q\2ccollections\nOrderedDict\nq\3", "h\3h\2R".repeat(10_000));
    Path path = folder.resolve("made.pth");
    PickleText.zip(path, bomb, EMPTY);
    refused(path, "builds more than 1048576 values");
  }

  @Test
  void nesting_is_as_deep_as_it_likes_and_may_hold_itself() throws IOException {
    byte[] weights = tensor("0", number(6), number(0), tuple(List.of(6)), tuple(List.of(1)));
    byte[] deep = join(")", "\u0085".repeat(300_000));
    byte[] cycle = join("]q\1h\1a");
    byte[] root =
        join("}(", text("a"), weights, text("deep"), deep, deep, "N", text("c"), cycle, "u.");
    Path path = folder.resolve("made.pth");
    PickleText.zip(path, root, new byte[24]);
    try (WeightFile file = WeightFile.open(path)) {
      assertThat(file.tensors()).containsOnlyKeys("a");
    }
  }

  @Test
  void refuses_a_legacy_file_that_contradicts_itself() throws IOException {
    byte[] good = Files.readAllBytes(TorchFileReadTest.GOOD.resolve("legacy.pth"));
    refusedBytes(patched(good, 4, 1), "is not PyTorch's magic number");
    refusedBytes(patched(good, 18, 1), "is not version 1001");
    refusedBytes(patched(good, 73, 0x89), "does not tell that the file is little-endian");
    refusedBytes(patched(good, 263, 7), "of 7 F32 has length 6 in the file");
    refusedBytes(patched(good, 425, '9'), "lists a storage that no tensor refers to");
    refusedBytes(patched(good, 451, 7), "has length 7 in the file");
    refusedBytes(Arrays.copyOf(good, good.length + 1), "end at byte 499 of 500");
    refusedBytes(Arrays.copyOf(good, good.length - 1), "does not fit into the file's 498 bytes");
    refusedBytes(Arrays.copyOf(good, 400), "needs 1 bytes where 0 are left");
  }

  static byte[] patched(byte[] bytes, int at, int value) {
    byte[] copy = bytes.clone();
    copy[at] = (byte) value;
    return copy;
  }

  private void refusedBytes(byte[] bytes, String reason) throws IOException {
    refused(Files.write(folder.resolve("made.pth"), bytes), reason);
  }

  static void refused(Path path, String reason) {
    assertThatThrownBy(() -> WeightFile.open(path).close())
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContainingAll(path.getFileName().toString(), reason);
  }
}
