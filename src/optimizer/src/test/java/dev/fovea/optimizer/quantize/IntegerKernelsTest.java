package dev.fovea.optimizer.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.translate.NoopTranslator;
import ai.djl.util.Pair;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.fovea.model.ConvNeXt;
import dev.fovea.model.ResNet;
import dev.fovea.model.SegFormer;
import dev.fovea.model.VisionTransformer;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.openvino.OpenVinoLibrary;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One exported graph, and each of its quantized layers an integer kernel in both run-times. */
class IntegerKernelsTest {

  private static final Shape INPUT = new Shape(1, 3, 64, 64);

  private enum Network {
    CONVNEXT,
    SEGFORMER,
    RESNET,
    VIT;

    private Block block() {
      return switch (this) {
        case CONVNEXT -> ConvNeXt.Config.ATTO.withClasses(10).build();
        case SEGFORMER -> SegFormer.Config.NANO.withClasses(5).build();
        case RESNET -> ResNet.Config.RESNET18.withClasses(10).build();
        case VIT -> VisionTransformer.Config.TINY.withImageSize(64).withClasses(10).build();
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void onnx_runtime_has_an_integer_kernel_for_every_quantized_layer(
      Network network, @TempDir Path folder) throws Exception {
    try (NDManager manager = NDManager.newBaseManager();
        Model model = model(network)) {
      Optimizer optimizer = optimizer(model, samples(manager));
      Path file = folder.resolve("model.onnx");
      optimizer.export(file);
      long integers =
          optimized(file, folder.resolve("optimized.onnx"))
              .filter(
                  n ->
                      List.of("QLinearConv", "MatMulIntegerToFloat", "QLinearMatMul", "QGemm")
                          .contains(n.getOpType()))
              .count();
      assertThat(integers).isEqualTo(optimizer.quantized().layers().size()).isPositive();
    }
  }

  private static Stream<NodeProto> optimized(Path model, Path file) throws Exception {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setOptimizedModelFilePath(file.toString());
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.EXTENDED_OPT);
      OrtEnvironment.getEnvironment().createSession(model.toString(), options).close();
    }
    return ModelProto.parseFrom(Files.readAllBytes(file)).getGraph().getNodeList().stream();
  }

  /** OpenVINO names its kernels with what they compute in: jit_avx2_I8, brgemm_avx512_i8. */
  @ParameterizedTest
  @EnumSource
  void openvino_has_an_integer_kernel_for_every_quantized_layer(
      Network network, @TempDir Path folder) throws Exception {
    String python = System.getenv("ONNX_PYTHON");
    assumeTrue(python != null, "ONNX_PYTHON names no Python that has the package openvino");
    try (NDManager manager = NDManager.newBaseManager();
        Model model = model(network)) {
      Optimizer optimizer = optimizer(model, samples(manager)).backend(Backend.OPENVINO);
      Path file = folder.resolve("model.onnx");
      optimizer.export(file);
      long integers =
          kernels(python, file).stream()
              .filter(
                  kernel -> kernel.matches("(?i)(\\w*Convolution|MatMul|FullyConnected\\w*) .*_i8"))
              .count();
      assertThat(integers).isEqualTo(optimizer.quantized().layers().size()).isPositive();
    }
  }

  private static List<String> kernels(String python, Path file) throws Exception {
    String program =
        """
        import numpy, openvino, sys
        settings = {"PERF_COUNT": "YES", "INFERENCE_PRECISION_HINT": "f32"}
        compiled = openvino.Core().compile_model(sys.argv[1], "CPU", settings)
        request = compiled.create_infer_request()
        request.infer([numpy.zeros((1, 3, 64, 64), "float32")])
        for kernel in request.profiling_info:
            if kernel.status == kernel.Status.EXECUTED:
                print(kernel.node_type, kernel.exec_type)
        """;
    Process process =
        new ProcessBuilder(python, "-c", program, file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.lines().toList();
  }

  /** They round in other places, so they differ, by less than both together from the model. */
  @ParameterizedTest
  @EnumSource
  void both_run_times_agree_within_the_error_of_the_quantization(Network network) throws Exception {
    try {
      OpenVinoLibrary.find();
    } catch (IllegalStateException e) {
      assumeTrue(false, e.getMessage());
    }
    try (NDManager manager = NDManager.newBaseManager();
        Model model = model(network)) {
      List<NDList> samples = samples(manager);
      Optimizer optimizer = optimizer(model, samples).input(INPUT); // of any size
      try (Model one = optimizer.optimize();
          Model other = optimizer.backend(Backend.OPENVINO).optimize();
          Predictor<NDList, NDList> onnxRuntime = one.newPredictor(new NoopTranslator());
          Predictor<NDList, NDList> openVino = other.newPredictor(new NoopTranslator())) {
        NDArray expected = onnxRuntime.predict(samples.get(0)).head();
        NDArray got = openVino.predict(samples.get(0)).head();
        float difference = got.sub(expected).abs().sum().div(expected.abs().sum()).getFloat();
        assertThat((double) difference).isLessThan(2 * optimizer.quantized().error());
      }
    }
  }

  private static Model model(Network network) {
    Model model = Model.newInstance(network.name(), "PyTorch");
    model.getNDManager().getEngine().setRandomSeed(3);
    Block block = network.block();
    block.initialize(model.getNDManager(), DataType.FLOAT32, INPUT);
    for (Pair<String, Parameter> entry : block.getParameters()) {
      if (entry.getKey().endsWith("bias")) { // they are 0 at first, and could be lost unnoticed
        NDArray bias = entry.getValue().getArray();
        model.getNDManager().randomUniform(-0.2f, 0.2f, bias.getShape()).copyTo(bias);
      }
    }
    model.setBlock(block);
    return model;
  }

  private static List<NDList> samples(NDManager manager) {
    List<NDList> samples = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      samples.add(new NDList(manager.randomUniform(-1, 1, INPUT)));
    }
    return samples;
  }

  private static Optimizer optimizer(Model model, List<NDList> samples) {
    return Optimizer.of(model)
        .fixedInput(INPUT)
        .backend(Backend.ONNX_RUNTIME)
        .precision(Precision.INT8)
        .calibrate(samples)
        .quantization(Settings.DEFAULT.withStrengths(List.of(0.0)));
  }
}
