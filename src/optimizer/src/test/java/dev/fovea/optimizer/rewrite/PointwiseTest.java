package dev.fovea.optimizer.rewrite;

import static dev.fovea.optimizer.TestGraph.assertSameResults;
import static dev.fovea.optimizer.TestGraph.ops;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Value;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rewrites of 1 x 1 convolutions: both graphs agree to float32 rounding. */
class PointwiseTest {

  private static final List<Long> ONE = List.of(1L, 1L);
  private static final Op POINTWISE = new LayerOp.Conv(ONE, List.of(0L, 0L, 0L, 0L), ONE, 1);
  private static final Op PADDED = new LayerOp.Conv(ONE, List.of(1L, 1L, 1L, 1L), ONE, 1);
  private static final Op ENLARGE =
      new LayerOp.Resize(LayerOp.Resize.Mode.LINEAR, false, List.of(7L, 9L));

  private final TestGraph g = new TestGraph();

  private static Graph close(Rewrite rewrite, Graph before) {
    Graph after = rewrite.apply(before);
    assertThat(after).isNotSameAs(before);
    assertSameResults(before, after, 2e-6);
    return after;
  }

  private Value pointwise(Value x, long in, long out) {
    return g.op(POINTWISE, x, g.random("conv.weight", out, in, 1, 1), g.random("conv.bias", out));
  }

  @Test
  void a_convolution_of_concatenated_maps_is_a_sum_and_its_bias_is_added_once() {
    Value a = g.op(ENLARGE, g.input("a", -1, 2, 3, 4));
    Value b = g.op(ENLARGE, g.input("b", -1, 4, 6, 9));
    Value c = g.input("c", -1, 3, 7, 9);
    Value y = pointwise(g.op(new IndexOp.Concat(1), a, b, c), 9, 5);
    Graph after = close(new SplitPointwise(), g.build(y));
    assertThat(ops(after))
        .containsExactlyInAnyOrder("Resize", "Resize", "Conv", "Conv", "ADD", "Conv", "ADD");
  }

  @Test
  void a_concatenation_without_an_enlarged_map_or_with_another_reader_is_kept() {
    Value a = g.input("a", -1, 2, 7, 9);
    Value b = g.input("b", -1, 4, 7, 9);
    Value plain = pointwise(g.op(new IndexOp.Concat(1), a, b), 6, 5);
    Value shared = g.op(new IndexOp.Concat(1), a, g.op(ENLARGE, g.input("c", -1, 4, 3, 3)));
    Value rows = g.op(new IndexOp.Concat(2), b, g.op(ENLARGE, g.input("d", -1, 4, 3, 3)));
    Graph before = g.build(plain, shared, h(pointwise(shared, 6, 5)), pointwise(rows, 4, 5));
    assertThat(new SplitPointwise().apply(before)).isSameAs(before);
  }

  private Value h(Value x) {
    return g.unary(ElementOp.Unary.Kind.RELU, x);
  }

  @Test
  void a_convolution_of_an_enlarged_map_is_computed_before_in_every_mode() {
    for (LayerOp.Resize.Mode mode : LayerOp.Resize.Mode.values()) {
      TestGraph graph = new TestGraph();
      Op resize = new LayerOp.Resize(mode, false, List.of(Op.FROM_INPUT, 9L));
      Value x = graph.input("x", -1, 4, 3, 5);
      Value height = graph.op(new ShapeOp.Size(2), graph.input("like", 1, 1, 8, 1));
      Value large = graph.op(resize, x, height);
      Value y = graph.op(POINTWISE, large, graph.random("w", 6, 4, 1, 1), graph.random("b", 6));
      Graph after = close(new PointwiseBeforeResize(), graph.build(y));
      assertThat(ops(after)).endsWith("Resize").contains("Conv");
      assertThat(ops(after).indexOf("Conv")).isLessThan(ops(after).indexOf("Resize"));
    }
  }

  @Test
  void a_convolution_stays_behind_a_resize_that_shrinks_or_is_shared_and_a_larger_kernel_stays() {
    Value shrunk = g.op(ENLARGE, g.input("a", -1, 4, 20, 20));
    Value shared = g.op(ENLARGE, g.input("b", -1, 4, 3, 3));
    Value third = g.op(ENLARGE, g.input("c", -1, 4, 3, 3));
    Value wide = g.op(PADDED, third, g.random("wide", 4, 4, 3, 3));
    Value border =
        g.op(PADDED, g.op(ENLARGE, g.input("d", -1, 4, 3, 3)), g.random("p", 4, 4, 1, 1));
    Graph before = g.build(pointwise(shrunk, 4, 2), shared, pointwise(shared, 4, 2), wide, border);
    assertThat(new PointwiseBeforeResize().apply(before)).isSameAs(before);
  }

  @Test
  void a_linear_map_and_a_convolution_behind_it_are_one_linear_map() {
    Value x = g.input("x", -1, 3, 4, 5);
    Value y = g.transpose(g.linear("unify", x, 5, 6), 0, 3, 1, 2);
    Graph after = close(new MergeLinear(), g.build(pointwise(y, 6, 4)));
    assertThat(ops(after)).containsExactly("MatMul", "ADD", "Transpose");
    assertThat(after.constants()).hasSize(2);
  }

  @Test
  void a_linear_map_without_bias_gets_the_bias_of_the_convolution() {
    Value x = g.input("x", -1, 3, 4, 5);
    Value y = g.op(new LayerOp.MatMul(), x, g.random("a", 5, 6));
    Value z = g.op(POINTWISE, g.transpose(y, 0, 3, 1, 2), g.random("w", 4, 6, 1, 1));
    Graph after = close(new MergeLinear(), g.build(z));
    assertThat(ops(after)).containsExactly("MatMul", "ADD", "Transpose");
  }

  @Test
  void
      linear_maps_stay_two_if_one_would_be_larger_or_the_first_is_shared_or_the_layout_is_another() {
    Value wide = g.linear("a", g.input("x", -1, 3, 4, 50), 50, 2); // 50 to 2 to 60
    Value a = pointwise(g.transpose(wide, 0, 3, 1, 2), 2, 60);
    Value shared = g.linear("b", g.input("y", -1, 3, 4, 5), 5, 6);
    Value b = pointwise(g.transpose(shared, 0, 3, 1, 2), 6, 4);
    Value c =
        pointwise(g.transpose(g.linear("c", g.input("z", -1, 3, 4, 5), 5, 6), 0, 3, 2, 1), 6, 4);
    Graph before = g.build(a, shared, b, c);
    assertThat(new MergeLinear().apply(before)).isSameAs(before);
  }
}
