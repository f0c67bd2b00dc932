package dev.fovea.optimizer.rewrite;

import static dev.fovea.optimizer.TestGraph.assertSameResults;
import static dev.fovea.optimizer.TestGraph.ops;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.ir.ElementOp.Binary.Kind;
import dev.fovea.optimizer.ir.ElementOp.Unary;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.ReductionOp.Reduce;
import dev.fovea.optimizer.ir.Value;
import dev.fovea.optimizer.trace.Tracer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rewrites that find one operation in several: both graphs agree to float32 rounding. */
class FusionTest {

  private static final double EPSILON = 1e-3;

  private final TestGraph g = new TestGraph();

  private static Graph close(Rewrite rewrite, Graph before) {
    Graph after = rewrite.apply(before);
    assertThat(after).isNotSameAs(before);
    assertSameResults(before, after, 2e-6);
    return after;
  }

  private Value mean(Value x, Integer... axes) {
    return g.op(new Reduce(Reduce.Kind.MEAN, List.of(axes), true), x);
  }

  /** (x - mean) / sqrt(variance + epsilon) over some axes. */
  private Value normalized(Value x, boolean power, Integer... axes) {
    Value centred = g.binary(Kind.SUB, x, mean(x, axes));
    Value squares =
        power
            ? g.binary(Kind.POW, centred, g.scalar("two", 2))
            : g.binary(Kind.MUL, centred, centred);
    Value variance = g.binary(Kind.ADD, mean(squares, axes), g.scalar("epsilon", EPSILON));
    return g.binary(Kind.DIV, centred, g.unary(Unary.Kind.SQRT, variance));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void the_steps_of_a_layer_normalization_are_one_operation(boolean power) {
    Value x = g.input("x", -1, 5, 8);
    Value scaled = g.binary(Kind.MUL, g.random("gamma", 8), normalized(x, power, 2));
    Value y = g.binary(Kind.ADD, scaled, g.random("beta", 1, 1, 8));
    Graph after = close(new FuseLayerNormalization(), g.build(y));
    assertThat(ops(after)).containsExactly("LayerNormalization");
    assertThat(after.nodes().get(0).op())
        .isEqualTo(new LayerOp.LayerNormalization(2, (float) EPSILON));
  }

  @Test
  void several_last_axes_are_normalized_together() {
    Value x = g.input("x", -1, 5, 8);
    Value y = g.binary(Kind.MUL, normalized(x, false, 1, 2), g.random("gamma", 5, 8));
    assertThat(ops(close(new FuseLayerNormalization(), g.build(y))))
        .containsExactly("LayerNormalization");
  }

  @Test
  void a_factor_that_is_not_of_the_normalized_axes_stays() {
    Value x = g.input("x", -1, 5, 8);
    Value y = g.binary(Kind.MUL, normalized(x, false, 2), g.random("factor", 5, 1));
    assertThat(ops(close(new FuseLayerNormalization(), g.build(y))))
        .containsExactly("LayerNormalization", "MUL");
  }

  @Test
  void a_normalization_that_others_read_keeps_its_scale() {
    Value x = g.input("x", -1, 5, 8);
    Value n = normalized(x, false, 2);
    Value y = g.binary(Kind.MUL, n, g.random("gamma", 8));
    assertThat(ops(close(new FuseLayerNormalization(), g.build(n, y))))
        .containsExactly("LayerNormalization", "MUL");
  }

  @Test
  void a_normalization_over_other_axes_is_left_as_it_is() {
    Value x = g.input("x", -1, 5, 8);
    Graph before = g.build(normalized(x, false, 1));
    assertThat(new FuseLayerNormalization().apply(before)).isSameAs(before);
  }

  @Test
  void a_quotient_that_is_no_normalization_is_left_as_it_is() {
    Value x = g.input("x", -1, 5, 8);
    Value other = g.input("other", -1, 5, 8);
    Value centred = g.binary(Kind.SUB, x, mean(x, 2));
    Value variance =
        g.binary(Kind.ADD, mean(g.binary(Kind.MUL, other, other), 2), g.scalar("epsilon", EPSILON));
    Value y = g.binary(Kind.DIV, centred, g.unary(Unary.Kind.SQRT, variance));
    Graph before = g.build(y);
    assertThat(new FuseLayerNormalization().apply(before)).isSameAs(before);
  }

  private Value gate(Value x, boolean quotient) {
    Value scaled =
        quotient
            ? g.binary(Kind.DIV, x, g.scalar("root", Math.sqrt(2)))
            : g.binary(Kind.MUL, g.scalar("root", Math.sqrt(0.5)), x);
    return g.binary(Kind.ADD, g.unary(Unary.Kind.ERF, scaled), g.scalar("one", 1));
  }

  @Test
  void the_steps_of_a_gelu_are_one_operation_in_any_order() {
    Value x = g.input("x", -1, 8);
    Value half = g.scalar("half", 0.5);
    Value a = g.binary(Kind.MUL, g.binary(Kind.MUL, x, half), gate(x, true));
    Value b = g.binary(Kind.MUL, g.binary(Kind.MUL, gate(x, false), x), half);
    Value c = g.binary(Kind.DIV, g.binary(Kind.MUL, x, gate(x, true)), g.scalar("two", 2));
    assertThat(ops(close(new FuseGelu(), g.build(a, b, c))))
        .containsExactly("GELU", "GELU", "GELU");
  }

  @Test
  void a_factor_more_or_another_argument_is_no_gelu() {
    Value x = g.input("x", -1, 8);
    Value other = g.input("other", -1, 8);
    Value whole = g.binary(Kind.MUL, x, gate(x, true));
    Value mixed =
        g.binary(Kind.MUL, g.binary(Kind.MUL, other, g.scalar("half", 0.5)), gate(x, true));
    Graph before = g.build(whole, mixed);
    assertThat(new FuseGelu().apply(before)).isSameAs(before);
  }

  @Test
  void a_gelu_whose_inside_is_read_by_others_is_left_as_it_is() {
    Value x = g.input("x", -1, 8);
    Value product = g.binary(Kind.MUL, x, gate(x, true));
    Graph before = g.build(product, g.binary(Kind.MUL, product, g.scalar("half", 0.5)));
    assertThat(new FuseGelu().apply(before)).isSameAs(before);
  }

  @Test
  void a_block_that_writes_both_out_runs_as_two_operations() {
    LambdaBlock block = new LambdaBlock(list -> new NDList(ownGelu(ownNorm(list.head()))), "own");
    Graph graph = Tracer.trace(block, new Shape(2, 5, 8));
    Graph after = Rewritten.of(graph, Rewrites.DEFAULT).graph();
    assertThat(ops(after)).containsExactly("LayerNormalization", "GELU");
    assertSameResults(graph, after, 2e-6);
  }

  private static NDArray ownNorm(NDArray x) {
    NDArray centred = x.sub(x.mean(new int[] {-1}, true));
    return centred.div(centred.square().mean(new int[] {-1}, true).add(1e-5f).sqrt());
  }

  private static NDArray ownGelu(NDArray x) {
    return x.mul(0.5f).mul(x.div((float) Math.sqrt(2)).erf().add(1f));
  }
}
