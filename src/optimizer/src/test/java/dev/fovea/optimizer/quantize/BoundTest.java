package dev.fovea.optimizer.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.Progress;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Layers go back to float until a bound holds; samples come one at a time; biases are corrected.
 */
class BoundTest {

  private static final Settings PLAIN = Settings.DEFAULT.withStrengths(List.of(0.0));

  /** A metric that each quantized tensor costs 1. */
  private static double fewLayers(Graph graph) {
    return -graph.nodes().stream().filter(n -> n.op() instanceof ElementOp.QuantizeLinear).count();
  }

  /** Three layers on two axes, the form of a classifier's head. */
  private static Graph heads() {
    TestGraph g = new TestGraph();
    Value x = g.input("x", -1, 24);
    Value y = g.unary(ElementOp.Unary.Kind.RELU, layer(g, x, 24, 32));
    y = g.unary(ElementOp.Unary.Kind.TANH, layer(g, y, 32, 16));
    return g.build(layer(g, y, 16, 10));
  }

  private static Value layer(TestGraph g, Value x, int in, int out) {
    float[] weight = new float[in * out];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) Math.sin(i * 0.37 + out) / 4;
    }
    Value product = g.op(new LayerOp.MatMul(), x, g.constant("w", weight, in, out));
    return g.binary(ElementOp.Binary.Kind.ADD, product, g.random("b", out));
  }

  /** Each made anew from its index. */
  private static Samples samples(int count) {
    return Samples.of(
        count,
        (i, manager) -> {
          float[] data = new float[2 * 24];
          for (int k = 0; k < data.length; k++) {
            data[k] = (float) Math.sin(i * 31 + k);
          }
          return new NDList(manager.create(data, new Shape(2, 24)));
        });
  }

  @Test
  void layers_are_given_back_until_the_drop_is_within_the_bound() {
    // A metric that accepts at most one quantized layer.
    Quantized quantized =
        new Quantizer(heads(), samples(4), PLAIN).quantize(BoundTest::fewLayers, 1);
    assertThat(quantized.layers()).hasSize(1);
    assertThat(quantized.givenBack()).hasSize(2).doesNotContainAnyElementsOf(quantized.layers());
    assertThat(quantized.accuracy()).contains(new Quantized.Accuracy(0, -1));
    Quantized whole = new Quantizer(heads(), samples(4), PLAIN).quantize();
    assertThat(whole.accuracy()).isEmpty();
    assertThat(quantized.error()).isLessThan(whole.error());
  }

  @Test
  void a_bound_that_no_quantized_layer_keeps_is_an_error_that_says_what_was_measured() {
    Quantizer quantizer = new Quantizer(heads(), samples(4), PLAIN);
    assertThatIllegalStateException()
        .isThrownBy(() -> quantizer.quantize(BoundTest::fewLayers, 0.5))
        .withMessageContaining("within a drop of 0.5")
        .withMessageContaining("-3.0 with 3 layers")
        .withMessageContaining("-1.0 with 1");
  }

  @Test
  void products_of_two_matrices_are_quantized_and_keep_their_shape() {
    Graph graph = heads();
    Quantized quantized =
        new Quantizer(graph, samples(4), PLAIN.withReducedRange(false)).quantize();
    assertThat(quantized.layers()).hasSize(3);
    TestGraph.assertSameResults(graph, quantized.graph(), 0.03);
  }

  @Test
  void one_sample_is_in_memory_at_a_time() {
    List<NDManager> managers = new ArrayList<>();
    List<Integer> open = new ArrayList<>();
    Samples watched =
        Samples.of(
            40,
            (i, manager) -> {
              managers.add(manager);
              open.add((int) managers.stream().filter(NDManager::isOpen).distinct().count());
              return samples(40).get(i, manager);
            });
    new Quantizer(heads(), watched, PLAIN).quantize();
    // The first eight are kept to compare with, on one manager.
    assertThat(open).hasSizeGreaterThanOrEqualTo(48).allMatch(count -> count <= 2);
    assertThat(managers).noneMatch(NDManager::isOpen);
  }

  @Test
  void progress_is_told_by_sample_and_by_layer() {
    Recorded progress = new Recorded();
    new Quantizer(heads(), samples(5), PLAIN.withBiasCorrection(BiasCorrection.FULL))
        .progress(progress)
        .quantize(BoundTest::fewLayers, 2);
    assertThat(progress.said)
        .containsExactly(
            "Calibrating 5/5",
            "Ranking layers 3/3",
            "Correcting biases 3/3",
            "Giving layers back 1/3");
  }

  private static final class Recorded implements Progress {
    private final List<String> said = new ArrayList<>();
    private String message = "";
    private long max;
    private long done;

    @Override
    public void reset(String message, long max, String trailingMessage) {
      this.message = message;
      this.max = max;
      done = 0;
    }

    @Override
    public void start(long initialProgress) {}

    @Override
    public void end() {
      said.add(message + " " + done + "/" + max);
    }

    @Override
    public void increment(long increment) {
      done += increment;
    }

    @Override
    public void update(long progress, String message) {
      done = progress;
    }
  }

  @Test
  void corrected_biases_keep_the_mean_of_the_outputs_and_full_ones_keep_it_best() {
    double none = meanError(BiasCorrection.NONE);
    double fast = meanError(BiasCorrection.FAST);
    double full = meanError(BiasCorrection.FULL);
    assertThat(fast).isLessThan(none);
    assertThat(full).isLessThan(fast / 10);
  }

  /** How far the mean of each output over the samples is from that of the float graph. */
  private static double meanError(BiasCorrection correction) {
    Graph graph = heads();
    Samples samples = samples(8); // as many as the full correction looks at
    Settings settings = PLAIN.withReducedRange(true).withBiasCorrection(correction);
    Graph quantized = new Quantizer(graph, samples, settings).quantize().graph();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray sum = manager.zeros(new Shape(10));
      for (int i = 0; i < samples.size(); i++) {
        NDList x = samples.get(i, manager);
        NDArray exact = TestGraph.run(graph, manager, x).head();
        NDArray got = TestGraph.run(quantized, manager, x).head();
        sum = sum.add(got.sub(exact).sum(new int[] {0}));
      }
      return sum.abs().sum().getFloat();
    }
  }
}
