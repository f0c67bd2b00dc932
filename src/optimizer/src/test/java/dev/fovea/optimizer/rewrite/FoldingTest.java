package dev.fovea.optimizer.rewrite;

import static dev.fovea.optimizer.TestGraph.assertSameResults;
import static dev.fovea.optimizer.TestGraph.ops;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Op.Binary.Kind;
import dev.fovea.optimizer.ir.Value;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rewrites that move numbers into weights: both graphs agree to float32 rounding. */
class FoldingTest {

  private static final Op CONV =
      new Op.Conv(List.of(1L, 1L), List.of(1L, 1L, 1L, 1L), List.of(1L, 1L), 1);
  private static final Op DEPTHWISE =
      new Op.Conv(List.of(1L, 1L), List.of(1L, 1L, 1L, 1L), List.of(1L, 1L), 4);
  private static final Op NORM = new Op.BatchNormalization(1e-5);

  private final TestGraph g = new TestGraph();

  private static Graph close(Rewrite rewrite, Graph before) {
    Graph after = rewrite.apply(before);
    assertThat(after).isNotSameAs(before);
    assertSameResults(before, after, 2e-6);
    return after;
  }

  private Value norm(Value x, int channels) {
    return g.op(
        NORM,
        x,
        g.random("bn.weight", channels),
        g.random("bn.bias", channels),
        g.random("bn.running_mean", channels),
        g.random("bn.running_var", channels));
  }

  @Test
  void a_batch_norm_goes_into_the_convolution_before_it() {
    Value x = g.input("x", -1, 3, 5, 5);
    Value conv = g.op(CONV, x, g.random("conv.weight", 4, 3, 3, 3), g.random("conv.bias", 4));
    Graph after = close(new FoldBatchNormalization(), g.build(norm(conv, 4)));
    assertThat(ops(after)).containsExactly("Conv");
    assertThat(after.constants().keySet())
        .extracting(Value::name)
        .containsExactlyInAnyOrder("conv.weight", "conv.bias");
  }

  @Test
  void a_batch_norm_gives_a_convolution_without_bias_its_bias() {
    Value x = g.input("x", -1, 4, 5, 5);
    Value conv = g.op(DEPTHWISE, x, g.random("conv.weight", 4, 1, 3, 3));
    Value y = g.unary(Op.Unary.Kind.RELU, norm(conv, 4));
    Graph after = close(new FoldBatchNormalization(), g.build(y));
    assertThat(ops(after)).containsExactly("Conv", "RELU");
    assertThat(after.nodes().get(0).inputs()).hasSize(3);
  }

  @Test
  void a_shared_weight_is_left_as_it_is_for_the_other_convolution() {
    Value x = g.input("x", -1, 4, 5, 5);
    Value weight = g.random("weight", 4, 4, 3, 3);
    Value a = norm(g.op(CONV, x, weight), 4);
    Graph after = close(new FoldBatchNormalization(), g.build(g.op(CONV, a, weight)));
    assertThat(ops(after)).containsExactly("Conv", "Conv");
  }

  @Test
  void a_batch_norm_stays_if_the_convolution_has_another_reader() {
    Value x = g.input("x", -1, 4, 5, 5);
    Value conv = g.op(CONV, x, g.random("w", 4, 4, 3, 3));
    Graph before = g.build(norm(conv, 4), g.unary(Op.Unary.Kind.TANH, conv));
    assertThat(new FoldBatchNormalization().apply(before)).isSameAs(before);
  }

  @Test
  void a_batch_norm_stays_if_its_statistics_or_the_weight_are_computed() {
    Value x = g.input("x", -1, 4, 5, 5);
    Value v = g.input("v", 4);
    Value w = g.input("w", 4, 4, 3, 3);
    Value c = g.random("c", 4);
    Value a = g.op(NORM, g.op(CONV, x, g.random("cw", 4, 4, 3, 3)), c, c, c, v);
    Value b = g.op(NORM, g.op(CONV, x, w), c, c, c, c);
    Value first = g.op(NORM, x, c, c, c, c);
    Graph before = g.build(a, b, first);
    assertThat(new FoldBatchNormalization().apply(before)).isSameAs(before);
  }

  @Test
  void a_layer_scale_goes_into_the_linear_map_before_it() {
    Value x = g.input("x", -1, 5, 3);
    Value y = g.binary(Kind.MUL, g.linear("mlp.fc2", x, 3, 4), g.random("gamma", 4));
    Graph after = close(new FoldChannelScale(), g.build(y));
    assertThat(ops(after)).containsExactly("MatMul", "ADD");
    assertThat(after.constants().keySet())
        .extracting(Value::name)
        .containsExactlyInAnyOrder("mlp.fc2.weight", "mlp.fc2.bias");
  }

  @Test
  void a_scale_on_the_left_of_a_product_without_bias_is_folded_too() {
    Value x = g.input("x", -1, 5, 3);
    Value product = g.op(new Op.MatMul(), x, g.random("w", 3, 4));
    Value y = g.binary(Kind.MUL, g.random("gamma", 1, 1, 4), product);
    assertThat(ops(close(new FoldChannelScale(), g.build(y)))).containsExactly("MatMul");
  }

  @Test
  void a_scale_per_channel_goes_into_the_convolution_before_it() {
    Value x = g.input("x", -1, 3, 5, 5);
    Value conv = g.op(CONV, x, g.random("w", 4, 3, 3, 3), g.random("b", 4));
    Value y = g.binary(Kind.MUL, conv, g.random("gamma", 4, 1, 1));
    assertThat(ops(close(new FoldChannelScale(), g.build(y)))).containsExactly("Conv");
  }

  @Test
  void a_scale_stays_if_it_is_computed_or_lies_on_another_axis_or_the_map_has_other_readers() {
    Value x = g.input("x", -1, 4, 4);
    Value computed = g.binary(Kind.MUL, g.linear("a", x, 4, 4), g.input("v", 4));
    Value rows = g.binary(Kind.MUL, g.linear("b", x, 4, 4), g.random("rows", 4, 1));
    Value shared = g.linear("c", x, 4, 4);
    Value both = g.binary(Kind.ADD, shared, g.binary(Kind.MUL, shared, g.random("s", 4)));
    Value more = g.binary(Kind.MUL, g.linear("d", x, 4, 4), g.random("more", 1, 1, 1, 4));
    Value image = g.input("image", -1, 4, 4, 4);
    Value conv = g.op(CONV, image, g.random("w", 4, 4, 3, 3));
    Value columns = g.binary(Kind.MUL, conv, g.random("columns", 4));
    Graph before = g.build(computed, rows, both, more, columns);
    assertThat(new FoldChannelScale().apply(before)).isSameAs(before);
  }

  @Test
  void the_scale_of_attention_goes_into_the_query_projection() {
    Value x = g.input("x", -1, -1, 8);
    Value q = heads(g.linear("query", x, 8, 8));
    Value k = g.transpose(heads(g.linear("key", x, 8, 8)), 0, 1, 3, 2);
    Value scores = g.binary(Kind.MUL, g.op(new Op.MatMul(), q, k), g.scalar("s", 0.37));
    Graph before = g.build(g.op(new Op.Softmax(3, false), scores));
    Graph after = close(new FoldScalarScale(), before);
    assertThat(ops(after)).doesNotContain("MUL").hasSize(before.nodes().size() - 1);
  }

  @Test
  void a_division_of_scores_by_a_constant_is_a_scale_too() {
    Value x = g.input("x", -1, -1, 8);
    Value k = g.transpose(g.linear("key", x, 8, 8), 0, 2, 1);
    Value product = g.op(new Op.MatMul(), g.linear("query", x, 8, 8), k);
    Graph before = g.build(g.binary(Kind.DIV, product, g.scalar("s", 2.5)));
    assertThat(ops(close(new FoldScalarScale(), before))).doesNotContain("DIV");
  }

  @Test
  void a_scale_of_attention_stays_if_query_and_key_are_shared_or_it_is_computed() {
    Value x = g.input("x", -1, -1, 8);
    Value q = g.linear("query", x, 8, 8);
    Value k = g.linear("key", x, 8, 8);
    Value product = g.op(new Op.MatMul(), q, g.transpose(k, 0, 2, 1));
    Value scaled = g.binary(Kind.MUL, product, g.scalar("s", 0.5));
    Value own =
        g.op(new Op.MatMul(), g.linear("a", x, 8, 8), g.transpose(g.linear("b", x, 8, 8), 0, 2, 1));
    Value computed = g.binary(Kind.MUL, own, g.input("t"));
    Graph before = g.build(scaled, g.binary(Kind.ADD, q, k), computed);
    assertThat(new FoldScalarScale().apply(before)).isSameAs(before);
  }

  /** (B, N, 8) -> (B, 2, N, 4). */
  private Value heads(Value x) {
    return g.transpose(g.reshape(x, Op.COPY, Op.COPY, 2L, 4L), 0, 2, 1, 3);
  }

  @Test
  void rewrites_that_undo_each_other_are_reported() {
    Value x = g.input("x", 2, 2);
    Graph graph = g.build(g.unary(Op.Unary.Kind.RELU, x));
    Rewrite restless = any -> new Graph(any.inputs(), any.outputs(), any.nodes(), any.constants());
    org.assertj.core.api.Assertions.assertThatIllegalStateException()
        .isThrownBy(() -> Rewritten.of(graph, List.of(restless)))
        .withMessageContaining("did not come to an end");
  }

  @Test
  void the_default_rewrites_report_each_step_with_its_node_counts() {
    Value x = g.input("x", -1, 3, 5, 5);
    Value conv = g.op(CONV, x, g.random("w", 4, 3, 3, 3));
    Value y = g.unary(Op.Unary.Kind.RELU, norm(conv, 4));
    g.unary(Op.Unary.Kind.TANH, y);
    Rewritten after = Rewritten.of(g.build(y), Rewrites.DEFAULT);
    assertThat(after.steps())
        .containsExactly(
            new Rewritten.Step("DeadCode", 4, 3),
            new Rewritten.Step("FoldBatchNormalization", 3, 2));
  }

  private Value layerNorm(Value x) {
    return g.op(new Op.LayerNormalization(2, 1e-6), x, g.random("gamma", 6), g.random("beta", 6));
  }

  @Test
  void the_scale_of_a_layer_norm_goes_into_all_linear_maps_behind_it() {
    Value n = layerNorm(g.input("x", -1, 3, 6));
    Graph after =
        close(
            new FoldNormalizationScale(), g.build(g.linear("a", n, 6, 4), g.linear("b", n, 6, 5)));
    Node norm = after.nodes().get(0);
    for (int operand = 1; operand < 3; operand++) {
      float expected = 2 - operand;
      Floats floats = Floats.of(after.constants().get(norm.inputs().get(operand)));
      assertThat(requireNonNull(floats).data()).containsOnly(expected);
    }
    assertThat(new FoldNormalizationScale().apply(after)).isSameAs(after);
  }

  @Test
  void the_scale_of_a_layer_norm_stays_if_anything_else_reads_it() {
    Value n = layerNorm(g.input("x", -1, 3, 6));
    Value y = g.linear("a", n, 6, 6);
    Graph residual = g.build(g.binary(Kind.ADD, y, n));
    assertThat(new FoldNormalizationScale().apply(residual)).isSameAs(residual);
    Graph seen = g.build(n, y);
    assertThat(new FoldNormalizationScale().apply(seen)).isSameAs(seen);
  }

  @Test
  void the_bias_of_a_layer_norm_needs_one_to_go_to() {
    Value n = layerNorm(g.input("x", -1, 3, 6));
    Graph graph = g.build(g.op(new Op.MatMul(), n, g.random("w", 6, 4)));
    assertThat(new FoldNormalizationScale().apply(graph)).isSameAs(graph);
  }
}
