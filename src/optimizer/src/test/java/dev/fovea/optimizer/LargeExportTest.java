package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.fovea.Fovea;
import dev.fovea.optimizer.onnx.OnnxChecker;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A network of more than 2 GB, the most that an ONNX file can hold: its weights go to a file beside
 * it, which the checker, ONNX Runtime and OpenVINO read.
 */
@EnabledIfSystemProperty(
    named = "fovea.nightly",
    matches = "true",
    disabledReason = "writes 2.6 GB; mvn -Pnightly verify runs it")
class LargeExportTest {

  private static final String NAME = "convnextv2_huge"; // 660 million parameters
  private static final Shape IMAGE = new Shape(1, 3, 64, 64);

  private static final String OPENVINO =
      """
      import sys, numpy, openvino
      path, image, expected = sys.argv[1:]
      compiled = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
      x = numpy.fromfile(image, "<f4").reshape(1, 3, 64, 64)
      y = numpy.fromfile(expected, "<f4")
      got = compiled([x])[compiled.output(0)].ravel()
      print(abs(got - y).max() / abs(y).max())
      """;

  @TempDir Path folder;

  @Test
  void weights_beyond_two_gigabytes_stand_beside_the_file() throws Exception {
    Path file = folder.resolve("large.onnx");
    float[] image;
    float[] expected;
    try (Model model = Fovea.newModel(NAME, 1000);
        NDManager manager = model.getNDManager().newSubManager()) {
      NDList x = new NDList(manager.randomNormal(IMAGE));
      image = x.head().toFloatArray();
      expected =
          model
              .getBlock()
              .forward(new ParameterStore(manager, false), x, false)
              .head()
              .toFloatArray();
      Optimizer.of(model).input(IMAGE).export(file);
    }
    assertThat(Files.size(file)).isLessThan(100_000_000);
    assertThat(Files.size(folder.resolve("large.onnx.data"))).isGreaterThan(1L << 31);
    assertThat(difference(expected, inOnnxRuntime(file, image))).isLessThanOrEqualTo(1e-4);
    OnnxChecker.accepts(folder, 1);
    assertThat(inOpenVino(file, image, expected)).isLessThanOrEqualTo(1e-4);
  }

  private static double difference(float[] expected, float[] got) {
    assertThat(got).hasSameSizeAs(expected);
    double worst = 0;
    double largest = 0;
    for (int i = 0; i < got.length; i++) {
      worst = Math.max(worst, Math.abs(got[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertThat(largest).isPositive();
    return worst / largest;
  }

  private static float[] inOnnxRuntime(Path file, float[] image) throws Exception {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file.toString());
        OnnxTensor x =
            OnnxTensor.createTensor(environment, FloatBuffer.wrap(image), IMAGE.getShape());
        OrtSession.Result result =
            session.run(Map.of(session.getInputNames().iterator().next(), x))) {
      return ((float[][]) result.get(0).getValue())[0];
    }
  }

  private double inOpenVino(Path file, float[] image, float[] expected) throws Exception {
    String python = System.getenv("ONNX_PYTHON");
    assumeTrue(python != null, "ONNX_PYTHON names no Python that has the package openvino");
    Path x = Files.write(folder.resolve("image"), bytes(image));
    Path y = Files.write(folder.resolve("expected"), bytes(expected));
    Process process =
        new ProcessBuilder(python, "-c", OPENVINO, file.toString(), x.toString(), y.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return Double.parseDouble(said.strip());
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }
}
