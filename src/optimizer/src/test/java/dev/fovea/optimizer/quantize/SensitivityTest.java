package dev.fovea.optimizer.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Value;
import dev.fovea.optimizer.quantize.ErrorReport.LayerError;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the error of a quantized graph comes from, and which layers stay float for it. */
class SensitivityTest {

  private static final Settings SETTINGS =
      Settings.DEFAULT.withStrengths(List.of(0.0)).withReducedRange(true);
  private static final Samples SAMPLES =
      Samples.of(
          6,
          (i, manager) -> {
            float[] data = new float[5 * 16];
            for (int k = 0; k < data.length; k++) {
              data[k] = (float) Math.sin(i * 31 + k * k);
            }
            return new NDList(manager.create(data, new Shape(1, 5, 16)));
          });

  /** Two large layers beside a residual path, and a small one that everything goes through. */
  private static Graph network() {
    TestGraph g = new TestGraph();
    Value x = g.input("x", -1, 5, 16);
    Value up = g.unary(ElementOp.Unary.Kind.GELU, layer(g, x, 16, 512, 0.2));
    Value sum = g.binary(ElementOp.Binary.Kind.ADD, layer(g, up, 512, 16, 0.01), x);
    return g.build(layer(g, sum, 16, 4, 0.5));
  }

  private static Value layer(TestGraph g, Value x, int in, int out, double size) {
    float[] weight = new float[in * out];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) (size * Math.sin(i * 0.37 + (double) i * i));
    }
    return g.op(new LayerOp.MatMul(), x, g.constant("w", weight, in, out));
  }

  private static Quantized quantized(Settings settings) {
    return new Quantizer(network(), SAMPLES, settings).quantize();
  }

  @Test
  void a_layer_of_much_error_and_little_work_stays_float() {
    Quantized all = quantized(SETTINGS.withFloatShare(0));
    Quantized most = quantized(SETTINGS);
    assertThat(all.layers()).hasSize(3);
    assertThat(all.spared()).isEmpty();
    assertThat(most.spared()).containsExactly(all.layers().get(2));
    assertThat(most.layers()).isEqualTo(all.layers().subList(0, 2));
    assertThat(most.error()).isLessThan(all.error() / 2);
  }

  @Test
  void no_more_of_the_work_stays_float_than_was_said() {
    double head = 4.0 / (512 + 512 + 4);
    assertThat(quantized(SETTINGS.withFloatShare(head * 1.01)).spared()).hasSize(1);
    assertThat(quantized(SETTINGS.withFloatShare(head * 0.99)).spared()).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SETTINGS.withFloatShare(1.1))
        .withMessageContaining("1.1");
  }

  @Test
  void a_report_tells_weights_from_activations_and_layers_from_each_other() {
    ErrorReport report = new Quantizer(network(), SAMPLES, SETTINGS.withFloatShare(0)).report();
    double both = Math.hypot(report.weights().mean(), report.activations().mean());
    assertThat(report.all().mean()).isBetween(0.6 * both, 1.5 * both);
    assertThat(report.all()).isEqualTo(report.everything());
    assertThat(report.eightBits().mean()).isLessThan(report.all().mean());
    assertThat(report.layers()).hasSize(3).noneMatch(LayerError::spared);
    assertThat(report.layers().stream().mapToDouble(LayerError::work).sum())
        .isBetween(0.999, 1.001);
    assertThat(report.worstFirst().get(0)).isEqualTo(report.layers().get(2));
  }

  @Test
  void a_half_of_the_rounding_can_be_taken_out() {
    Graph graph = network();
    Graph quantized = quantized(SETTINGS.withFloatShare(0)).graph();
    assertThat(count(PartlyRounded.weights(quantized), ElementOp.QuantizeLinear.class)).isZero();
    assertThat(count(PartlyRounded.weights(quantized), ElementOp.DequantizeLinear.class))
        .isEqualTo(3);
    Graph activations = PartlyRounded.activations(quantized, graph, Layer.of(graph, false));
    assertThat(count(activations, ElementOp.DequantizeLinear.class))
        .isEqualTo(count(activations, ElementOp.QuantizeLinear.class))
        .isEqualTo(3);
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList input = SAMPLES.get(0, manager);
      float[] exact = TestGraph.run(graph, manager, input).head().toFloatArray();
      assertThat(TestGraph.run(activations, manager, input).head().toFloatArray())
          .isNotEqualTo(exact);
    }
  }

  private static long count(Graph graph, Class<? extends Op> kind) {
    return graph.nodes().stream().map(Node::op).filter(kind::isInstance).count();
  }

  @Test
  void weights_alone_have_no_report() {
    assertThatIllegalStateException()
        .isThrownBy(
            () -> new Quantizer(network(), SAMPLES, Settings.DEFAULT.forWeightsOnly()).report())
        .withMessageContaining("activations");
  }
}
