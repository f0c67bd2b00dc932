package dev.fovea.optimizer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WeightStorageTest {

  private static final OnnxWriter WRITER = new OnnxWriter(Map.of());

  /** Patterns by hand from IEEE 754: sign, 5 bits of exponent biased by 15, 10 of fraction. */
  @ParameterizedTest
  @CsvSource({
    "1, 3c00",
    "-2, c000",
    "65504, 7bff",
    "0.5, 3800",
    "1.0009765625, 3c01",
    "1.00048828125, 3c00", // half way between 1 and the next: to the even one
    "1.00146484375, 3c02",
    "6.103515625e-5, 0400", // the least normal one
    "5.9604644775390625e-8, 0001",
    "2.98023223876953125e-8, 0000",
    "6.097555160522461e-5, 03ff", // the largest subnormal one
    "6.1005353927612305e-5, 0400", // half way between the two: to the even one
    "0, 0000",
    "-0.0, 8000"
  })
  void half_has_the_bits_of_ieee_754(float value, String bits) {
    assertThat(String.format("%04x", WeightStorage.half(value))).isEqualTo(bits);
  }

  @ParameterizedTest
  @CsvSource({"1, 3f80", "-2, c000", "1.00390625, 3f80", "1.01171875, 3f82", "NaN, 7fc0"})
  void bfloat_is_the_upper_half_of_a_float_rounded_to_even(float value, String bits) {
    assertThat(String.format("%04x", WeightStorage.bfloat(value))).isEqualTo(bits);
  }

  @Test
  void weights_in_16_bits_take_half_of_the_file_and_small_ones_stay() throws IOException {
    ModelProto whole = ModelProto.parseFrom(WRITER.toBuffer(linear()));
    ModelProto half =
        ModelProto.parseFrom(WRITER.withStorage(WeightStorage.F16).toBuffer(linear()));
    TensorProto weight = half.getGraph().getInitializer(0);
    int saved = weight.getRawData().size(); // as much as is left; a Cast and two names are added
    assertThat(half.getSerializedSize()).isLessThan(whole.getSerializedSize() - saved + 256);
    assertThat(saved).isGreaterThan(half.getSerializedSize() / 2);
    assertThat(weight.getName()).isEqualTo("fc.weight/f16");
    assertThat(half.getGraph().getNode(0).getOutput(0)).isEqualTo("fc.weight");
    assertThat(half.getGraph().getInitializer(1).getDataType())
        .isEqualTo(TensorProto.DataType.FLOAT_VALUE);
  }

  @Test
  void a_tensor_that_half_cannot_hold_stays_float32() throws IOException {
    float[] large = new float[1000];
    large[999] = 65505;
    TestGraph g = new TestGraph();
    Graph graph =
        g.build(
            g.binary(
                ElementOp.Binary.Kind.ADD, g.input("x", -1, 1000), g.constant("c", large, 1000)));
    ModelProto model = ModelProto.parseFrom(WRITER.withStorage(WeightStorage.F16).toBuffer(graph));
    assertThat(model.getGraph().getInitializer(0).getDataType())
        .isEqualTo(TensorProto.DataType.FLOAT_VALUE);
  }

  @Test
  void weights_beyond_the_limit_lie_beside_the_model_at_multiples_of_4096(@TempDir Path folder)
      throws IOException {
    TestGraph g = new TestGraph();
    Graph graph = g.build(g.linear("b", g.linear("a", g.input("x", -1, 100), 100, 200), 200, 300));
    WRITER.withLimit(1000).write(graph, folder.resolve("m.onnx"));
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(folder.resolve("m.onnx")));
    TensorProto second =
        model.getGraph().getInitializerList().stream()
            .filter(t -> t.getName().equals("b.weight"))
            .findFirst()
            .orElseThrow();
    assertThat(second.getExternalDataList().stream().map(StringStringEntryProto::getValue))
        .containsExactly("m.onnx.data", "81920", "240000");
    assertThat(Files.size(folder.resolve("m.onnx"))).isLessThan(4096);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("m.onnx", "m.onnx.data");
    }
  }

  @Test
  void what_stood_in_a_temporary_model_is_gone_when_it_is_closed() {
    Path path;
    try (TemporaryModel model = new TemporaryModel(WRITER.withLimit(10), linear())) {
      path = model.path();
      assertThat(path.resolveSibling("model.onnx.data")).exists();
    }
    assertThat(path.getParent()).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource
  void the_onnx_checker_accepts_every_storage(WeightStorage storage, @TempDir Path folder)
      throws Exception {
    String python = System.getenv("ONNX_PYTHON");
    assumeTrue(python != null, "ONNX_PYTHON names no Python that has the package onnx");
    Path file = folder.resolve("m.onnx");
    WRITER.withStorage(storage).withLimit(1000).write(linear(), file);
    String program = "import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)";
    Process process =
        new ProcessBuilder(python, "-c", program, file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  private static Graph linear() {
    TestGraph g = new TestGraph();
    return g.build(g.linear("fc", g.input("x", -1, 30), 30, 200));
  }
}
