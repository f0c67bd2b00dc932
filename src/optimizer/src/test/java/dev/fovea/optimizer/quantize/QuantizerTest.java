package dev.fovea.optimizer.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.translate.NoopTranslator;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.fovea.model.ConvNeXt;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ReductionOp;
import dev.fovea.optimizer.ir.Value;
import dev.fovea.optimizer.onnx.OnnxWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Quantized graphs stay close to float ones, and ONNX Runtime computes them in integers. */
class QuantizerTest {

  private static final Op CONV =
      new LayerOp.Conv(List.of(1L, 1L), List.of(1L, 1L, 1L, 1L), List.of(1L, 1L), 1);
  // Whatever the processor of the test: 7-bit weights double the error of the weights.
  private static final Settings EIGHT_BITS = Settings.DEFAULT.withReducedRange(false);
  private static final Settings PLAIN = Settings.DEFAULT.withStrengths(List.of(0.0));

  private static final Samples NONE = Samples.of(List.of());

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  /** Two convolutions around a residual sum, as in a ResNet. */
  private static Graph residual() {
    TestGraph g = new TestGraph();
    Value x = g.input("x", -1, 4, 8, 8);
    Value stem = relu(g, conv(g, x));
    Value inner = conv(g, relu(g, conv(g, stem)));
    Value sum = relu(g, g.binary(ElementOp.Binary.Kind.ADD, inner, stem));
    return g.build(
        g.op(
            new ReductionOp.Reduce(ReductionOp.Reduce.Kind.MEAN, List.of(2, 3), false),
            conv2(g, sum)));
  }

  private static Value conv(TestGraph g, Value x) {
    return g.op(CONV, x, weights(g, 8, x.type().dims().get(1), 3, 3), g.random("b", 8));
  }

  private static Value conv2(TestGraph g, Value x) {
    return conv(g, x);
  }

  private static Value relu(TestGraph g, Value x) {
    return g.unary(ElementOp.Unary.Kind.RELU, x);
  }

  private static Value weights(TestGraph g, long... dims) {
    float[] data = new float[(int) new Shape(dims).size()];
    for (int i = 0; i < data.length; i++) {
      data[i] = (float) Math.sin(i * 0.7 + dims[0]) / 8;
    }
    return g.constant("w", data, dims);
  }

  /** Layer norm with one large channel, then two layers, as in a transformer's MLP. */
  private static Graph transformer() {
    TestGraph g = new TestGraph();
    Value x = g.input("x", -1, 5, 16);
    float[] gamma = new float[16];
    java.util.Arrays.fill(gamma, 1);
    gamma[3] = 60;
    Value norm =
        g.op(
            new LayerOp.LayerNormalization(2, 1e-6),
            x,
            g.constant("gamma", gamma, 16),
            g.constant("beta", new float[16], 16));
    Value up = g.op(new LayerOp.MatMul(), norm, weights(g, 16, 32));
    Value act =
        g.unary(
            ElementOp.Unary.Kind.GELU, g.binary(ElementOp.Binary.Kind.ADD, up, g.random("b", 32)));
    Value down = g.op(new LayerOp.MatMul(), act, weights(g, 32, 16));
    Value out = g.binary(ElementOp.Binary.Kind.ADD, down, g.random("b", 16));
    return g.build(g.binary(ElementOp.Binary.Kind.ADD, out, x));
  }

  private Samples samples(Graph graph, int count) {
    List<NDList> samples = new ArrayList<>();
    NDList all = TestGraph.randomInputs(graph, manager, count);
    for (int i = 0; i < count; i++) {
      samples.add(new NDList(all.head().get(i + ":" + (i + 1))));
    }
    return Samples.of(samples);
  }

  /**
   * Says that nothing is broken, on random weights of 8 bits; how accurate a network stays is
   * measured on trained ones.
   */
  @ParameterizedTest
  @EnumSource
  void results_stay_within_three_percent_whatever_the_observer(Observer observer) {
    for (Graph graph : List.of(residual(), transformer())) {
      Quantized quantized =
          new Quantizer(graph, samples(graph, 8), EIGHT_BITS.withObserver(observer)).quantize();
      assertThat(quantized.error()).isBetween(1e-6, 0.03);
      assertThat(quantized.layers()).hasSizeGreaterThan(1);
      assertThat(quantized.graph().outputs()).isEqualTo(graph.outputs());
    }
  }

  @Test
  void smoothing_is_kept_where_one_channel_is_large() {
    Graph graph = transformer();
    Samples samples = samples(graph, 8);
    Quantized none = new Quantizer(graph, samples, PLAIN).quantize();
    Quantized best = new Quantizer(graph, samples, Settings.DEFAULT).quantize();
    assertThat(best.strength()).isPositive();
    assertThat(best.error()).isLessThan(none.error());
  }

  @Test
  void residual_sums_are_quantized_and_each_tensor_once() {
    Graph graph = residual();
    Graph quantized = new Quantizer(graph, samples(graph, 4), PLAIN).quantize().graph();
    long quantizations =
        quantized.nodes().stream().filter(n -> n.op() instanceof ElementOp.QuantizeLinear).count();
    // x, relu(stem), relu(inner 1), inner 2, relu(sum), last
    assertThat(quantizations).isEqualTo(6);
  }

  @Test
  void onnx_runtime_computes_every_layer_in_integers(@TempDir Path folder) throws Exception {
    for (Graph graph : List.of(residual(), transformer())) {
      Graph quantized = new Quantizer(graph, samples(graph, 4), PLAIN).quantize().graph();
      assertThat(floatLayers(quantized, folder)).isEmpty();
    }
  }

  /** Conv, Gemm and MatMul that ONNX Runtime leaves after its own optimizations. */
  private static List<String> floatLayers(Graph graph, Path folder) throws Exception {
    Path file = folder.resolve("optimized.onnx");
    ByteBuffer model = new OnnxWriter(Map.of()).toBuffer(graph);
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setOptimizedModelFilePath(file.toString());
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.EXTENDED_OPT);
      OrtEnvironment.getEnvironment().createSession(model, options).close();
    }
    List<NodeProto> nodes = ModelProto.parseFrom(Files.readAllBytes(file)).getGraph().getNodeList();
    Map<String, String> by = new HashMap<>();
    nodes.forEach(n -> n.getOutputList().forEach(o -> by.put(o, n.getOpType())));
    assertThat(nodes).extracting(NodeProto::getOpType).contains("QuantizeLinear");
    return nodes.stream()
        .filter(
            n ->
                List.of("Conv", "FusedConv", "Gemm", "MatMul", "FusedMatMul")
                    .contains(n.getOpType()))
        .map(NodeProto::getName)
        .toList();
  }

  @Test
  void an_ignored_layer_stays_float_and_is_reported() {
    Graph graph = transformer();
    Settings settings = PLAIN.ignoring("block1");
    Quantized quantized = new Quantizer(graph, samples(graph, 2), settings).quantize();
    assertThat(quantized.kept()).containsExactly("block1");
    assertThat(quantized.layers()).doesNotContain("block1").isNotEmpty();
  }

  @Test
  void weights_alone_need_no_samples_and_halve_even_this_small_graph() {
    Graph graph = transformer();
    Quantized quantized = new Quantizer(graph, NONE, Settings.DEFAULT.forWeightsOnly()).quantize();
    assertThat(TestGraph.ops(quantized.graph()))
        .contains("DequantizeLinear")
        .doesNotContain("QuantizeLinear");
    TestGraph.assertSameResults(graph, quantized.graph(), 0.02);
    // Scales, biases and norms stay float32, so it is more than a quarter.
    assertThat(bytes(quantized.graph())).isLessThan(bytes(graph) / 2);
  }

  private static long bytes(Graph graph) {
    return graph.constants().values().stream().mapToLong(t -> t.bytes().remaining()).sum();
  }

  @Test
  void no_samples_is_an_error_that_says_what_to_do() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Quantizer(transformer(), NONE, PLAIN))
        .withMessageContaining("no samples");
  }

  @Test
  void a_range_represents_zero_exactly_and_covers_its_bounds() {
    for (Range range : List.of(new Range(-0.3, 1.1), new Range(2, 5), new Range(-4, -1))) {
      double least = (0 - range.zeroPoint()) * (double) range.scale();
      double largest = (255 - range.zeroPoint()) * (double) range.scale();
      assertThat(least).isLessThanOrEqualTo(range.low() + 1e-6);
      assertThat(largest).isGreaterThanOrEqualTo(range.high() - 1e-6);
    }
    assertThat(new Range(2, 5).zeroPoint()).isZero();
    assertThatIllegalArgumentException().isThrownBy(() -> new Range(Double.NaN, 1));
  }

  /** Random weights: it runs end to end and is no other network. Accuracy is measured elsewhere. */
  @Test
  void a_convnext_predicts_in_integers_through_the_optimizer(@TempDir Path folder)
      throws Exception {
    try (Model model = Model.newInstance("convnext", "PyTorch")) {
      model.getNDManager().getEngine().setRandomSeed(3);
      Block block = ConvNeXt.Config.ATTO.withClasses(10).build();
      block.initialize(model.getNDManager(), DataType.FLOAT32);
      model.setBlock(block);
      List<NDList> samples = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        samples.add(new NDList(manager.randomUniform(-1, 1, new Shape(1, 3, 64, 64))));
      }
      Optimizer optimizer =
          Optimizer.of(model)
              .input(new Shape(1, 3, 64, 64))
              .backend(Backend.ONNX_RUNTIME)
              .precision(Precision.INT8)
              .calibrate(samples)
              .quantization(PLAIN);
      try (Model fast = optimizer.optimize();
          Predictor<NDList, NDList> slow = model.newPredictor(new NoopTranslator());
          Predictor<NDList, NDList> quick = fast.newPredictor(new NoopTranslator())) {
        NDArray expected = slow.predict(samples.get(0)).head();
        NDArray got = quick.predict(samples.get(0)).head();
        double error = got.sub(expected).abs().sum().div(expected.abs().sum()).getFloat();
        assertThat(error).isBetween(1e-7, 0.05);
      }
      assertThat(optimizer.quantized().layers()).hasSizeGreaterThanOrEqualTo(24);
    }
  }
}
