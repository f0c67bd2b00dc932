package dev.fovea.optimizer.rewrite;

import static dev.fovea.optimizer.TestGraph.assertSameResults;
import static dev.fovea.optimizer.TestGraph.ops;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.ElementOp.Binary.Kind;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rewrites that change no number: both graphs give the same bits. */
class StructuralRewritesTest {

  private final TestGraph g = new TestGraph();

  private static Graph exact(Rewrite rewrite, Graph before) {
    Graph after = rewrite.apply(before);
    assertThat(after).isNotSameAs(before);
    assertSameResults(before, after, 0);
    return after;
  }

  @Test
  void dead_code_goes_with_its_constants_and_inputs_stay() {
    Value x = g.input("x", 2, 3);
    g.input("unused", 1);
    Value y = g.unary(ElementOp.Unary.Kind.RELU, x);
    g.binary(Kind.MUL, g.unary(ElementOp.Unary.Kind.TANH, x), g.random("w", 3));
    Graph after = exact(new DeadCode(), g.build(y));
    assertThat(ops(after)).containsExactly("RELU");
    assertThat(after.constants()).isEmpty();
    assertThat(new DeadCode().apply(after)).isSameAs(after);
  }

  @Test
  void the_same_expression_is_computed_once() {
    Value x = g.input("x", -1, 3);
    Value a = g.binary(Kind.MUL, g.unary(ElementOp.Unary.Kind.TANH, x), g.scalar("two", 2));
    Value b = g.binary(Kind.MUL, g.unary(ElementOp.Unary.Kind.TANH, x), g.scalar("too", 2));
    Graph after = exact(new CommonSubexpressions(), g.build(g.binary(Kind.ADD, a, b)));
    assertThat(ops(after)).containsExactly("TANH", "MUL", "ADD");
    assertThat(after.constants()).hasSize(1);
  }

  @Test
  void an_output_that_is_computed_twice_keeps_its_name() {
    Value x = g.input("x", -1, 3);
    Value inner = g.unary(ElementOp.Unary.Kind.TANH, x);
    Value sum = g.binary(Kind.ADD, inner, x);
    Value output = g.unary(ElementOp.Unary.Kind.TANH, x);
    Graph after = exact(new CommonSubexpressions(), g.build(sum, output));
    assertThat(ops(after)).containsExactly("TANH", "ADD");
  }

  @Test
  void other_attributes_or_other_operands_are_not_the_same_expression() {
    Value x = g.input("x", 3, 3);
    Value a = g.transpose(x, 1, 0);
    Value b = g.transpose(x, 0, 1);
    Value c = g.binary(Kind.SUB, a, b);
    Value d = g.binary(Kind.SUB, b, a);
    Graph before = g.build(g.binary(Kind.MUL, c, d));
    assertThat(new CommonSubexpressions().apply(before)).isSameAs(before);
  }

  @Test
  void a_transposed_weight_becomes_a_weight_of_the_same_name() {
    Value x = g.input("x", -1, 3);
    Value weight = g.transpose(g.random("fc.weight", 5, 3), 1, 0);
    Graph after = exact(new ConstantFolding(), g.build(g.op(new LayerOp.MatMul(), x, weight)));
    assertThat(ops(after)).containsExactly("MatMul");
    Value folded = after.constants().keySet().iterator().next();
    assertThat(folded.name()).isEqualTo("fc.weight");
    assertThat(folded.type()).isEqualTo(Type.of(DataType.FLOAT32, 3, 5));
  }

  @Test
  void a_weight_that_others_read_keeps_its_name_and_its_layout() {
    Value x = g.input("x", -1, 3);
    Value weight = g.random("w", 3, 3);
    Value a = g.op(new LayerOp.MatMul(), x, g.transpose(weight, 1, 0));
    Graph after = exact(new ConstantFolding(), g.build(g.op(new LayerOp.MatMul(), a, weight)));
    assertThat(after.constants().keySet())
        .extracting(Value::name)
        .containsExactlyInAnyOrder("w", "w_1");
  }

  @Test
  void a_constant_output_and_a_constant_that_would_grow_are_not_folded() {
    Value x = g.input("x", -1, 3);
    Value grown = g.op(new ShapeOp.Expand(List.of(3000L, 3L)), g.random("row", 1, 3));
    Value y = g.op(new LayerOp.MatMul(), x, g.transpose(grown, 1, 0));
    Value constant = g.unary(ElementOp.Unary.Kind.TANH, g.random("c", 3));
    Graph before = g.build(y, constant);
    assertThat(new ConstantFolding().apply(before)).isSameAs(before);
  }

  @Test
  void what_changes_nothing_is_removed() {
    Value x = g.input("x", -1, 3);
    Value one = g.scalar("one", 1);
    Value zeros = g.constant("zeros", new float[3], 3);
    Value y = g.binary(Kind.MUL, one, x);
    y = g.binary(Kind.ADD, y, zeros);
    y = g.binary(Kind.DIV, y, one);
    y = g.binary(Kind.SUB, y, zeros);
    y = g.op(new ElementOp.Clip(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY), y);
    y = g.op(new ElementOp.Cast(DataType.FLOAT32), y);
    y = g.transpose(y, 0, 1);
    y = g.unary(ElementOp.Unary.Kind.TANH, y);
    Graph after = exact(new RemoveIdentities(), g.build(y));
    assertThat(ops(after)).containsExactly("TANH");
  }

  @Test
  void a_concatenation_of_one_array_is_removed() {
    Value x = g.input("x", -1, 3);
    Graph after =
        new RemoveIdentities()
            .apply(g.build(g.unary(ElementOp.Unary.Kind.RELU, g.op(new IndexOp.Concat(0), x))));
    assertThat(ops(after)).containsExactly("RELU");
    assertThat(after.nodes().get(0).inputs()).containsExactly(x);
  }

  @Test
  void a_neutral_constant_that_broadcasts_is_kept() {
    Value x = g.input("x", -1, 1);
    Value ones = g.constant("ones", new float[] {1, 1, 1}, 3);
    Value y = g.binary(Kind.MUL, x, ones); // (?, 1) -> (?, 3)
    Value z = g.binary(Kind.MUL, y, g.constant("one", new float[] {1}, 1, 1, 1)); // one more axis
    Graph before = g.build(z);
    assertThat(new RemoveIdentities().apply(before)).isSameAs(before);
  }

  @Test
  void an_operation_with_another_constant_or_order_is_kept() {
    Value x = g.input("x", -1, 3);
    Value y = g.binary(Kind.SUB, g.scalar("zero", 0), x);
    y = g.binary(Kind.DIV, g.scalar("one", 1), y);
    y = g.binary(Kind.MUL, y, g.constant("almost", new float[] {1, 1, 2}, 3));
    y =
        g.op(
            new ElementOp.Cast(DataType.FLOAT64),
            g.op(new ElementOp.Clip(0, Double.POSITIVE_INFINITY), y));
    Graph before = g.build(y);
    assertThat(new RemoveIdentities().apply(before)).isSameAs(before);
  }

  @Test
  void an_identity_between_an_input_and_an_output_is_kept() {
    Value x = g.input("x", -1, 3);
    Graph before = g.build(g.binary(Kind.MUL, x, g.scalar("one", 1)));
    assertThat(new RemoveIdentities().apply(before)).isSameAs(before);
  }

  @Test
  void two_transposes_are_one_and_opposite_ones_are_none() {
    Value x = g.input("x", -1, 3, 4, 5);
    Value a = g.transpose(g.transpose(x, 0, 2, 1, 3), 0, 1, 3, 2);
    Value b = g.transpose(g.unary(ElementOp.Unary.Kind.TANH, x), 0, 2, 3, 1);
    Value c = g.transpose(b, 0, 3, 1, 2);
    Graph before = g.build(a, g.unary(ElementOp.Unary.Kind.RELU, c));
    Graph after = exact(new MergeTransposes(), before);
    assertThat(ops(after)).containsExactly("Transpose", "TANH", "RELU");
    assertThat(after.nodes().get(0).op()).isEqualTo(new ShapeOp.Transpose(List.of(0, 2, 3, 1)));
  }

  @Test
  void opposite_transposes_before_an_output_go_and_the_output_keeps_its_name() {
    Value x = g.input("x", -1, 3, 4, 5);
    Value a = g.unary(ElementOp.Unary.Kind.TANH, x);
    Value b = g.transpose(a, 0, 2, 3, 1);
    Value c = g.transpose(b, 0, 3, 1, 2);
    Graph after = exact(new MergeTransposes(), g.build(c, g.unary(ElementOp.Unary.Kind.RELU, b)));
    assertThat(ops(after)).containsExactly("TANH", "Transpose", "RELU");
  }

  @Test
  void a_transpose_moves_behind_elementwise_operations_and_cancels() {
    Value x = g.input("x", -1, 3, 4, 5);
    Value y = g.transpose(x, 0, 2, 3, 1);
    y = g.unary(ElementOp.Unary.Kind.GELU, y);
    y = g.binary(Kind.MUL, y, g.random("gamma", 3));
    y = g.binary(Kind.ADD, g.scalar("c", 3), y);
    y = g.op(new ElementOp.Clip(-1, 1), y);
    y = g.transpose(y, 0, 3, 1, 2);
    Graph before = g.build(g.unary(ElementOp.Unary.Kind.RELU, y));
    Rewritten after = Rewritten.of(before, List.of(new SinkTransposes(), new MergeTransposes()));
    assertSameResults(before, after.graph(), 0);
    assertThat(ops(after.graph())).containsExactly("GELU", "MUL", "ADD", "Clip", "RELU");
  }

  @Test
  void a_sum_of_two_transposed_arrays_is_transposed_once() {
    Value x = g.input("x", -1, 3, 4);
    Value z = g.input("z", -1, 3, 4);
    Value y = g.binary(Kind.ADD, g.transpose(x, 0, 2, 1), g.transpose(z, 0, 2, 1));
    Graph after = exact(new SinkTransposes(), g.build(g.unary(ElementOp.Unary.Kind.RELU, y)));
    assertThat(ops(after)).containsExactly("ADD", "RELU", "Transpose");
  }

  @Test
  void a_transpose_stays_if_others_read_it_or_if_the_operands_differ() {
    Value x = g.input("x", -1, 3, 3);
    Value shared = g.transpose(x, 0, 2, 1);
    Value a = g.binary(Kind.ADD, g.unary(ElementOp.Unary.Kind.TANH, shared), shared);
    Value b = g.binary(Kind.MUL, g.transpose(x, 0, 2, 1), x);
    Value c = g.binary(Kind.MUL, g.transpose(x, 0, 2, 1), g.random("full", 3, 3));
    Value d = g.binary(Kind.ADD, g.transpose(x, 0, 2, 1), g.random("wider", 2, 1, 3, 3));
    Graph before = g.build(a, b, c, d);
    assertThat(new SinkTransposes().apply(before)).isSameAs(before);
  }

  @Test
  void a_reshape_to_an_image_and_back_is_none() {
    Value x = g.input("x", -1, 4, -1);
    Value tanh = g.unary(ElementOp.Unary.Kind.TANH, x);
    Value image = g.reshape(tanh, Op.COPY, 4L, 1L, Op.INFER);
    Value tokens = g.reshape(image, Op.COPY, 4L, Op.INFER);
    Graph after = exact(new MergeReshapes(), g.build(g.unary(ElementOp.Unary.Kind.RELU, tokens)));
    assertThat(ops(after)).containsExactly("TANH", "RELU");
  }

  @Test
  void a_reshape_of_a_reshape_is_one_and_takes_its_sizes_along() {
    Value x = g.input("x", -1, 4, 6);
    Value batch = g.op(new ShapeOp.Size(0), x);
    Value first = g.op(new ShapeOp.Reshape(List.of(Op.FROM_INPUT, 2L, 12L)), x, batch);
    Value second = g.reshape(first, Op.COPY, Op.COPY, 3L, 4L);
    Graph after = exact(new MergeReshapes(), g.build(second));
    assertThat(ops(after)).containsExactly("Size", "Reshape");
    assertThat(after.nodes().get(1).op())
        .isEqualTo(new ShapeOp.Reshape(List.of(Op.FROM_INPUT, 2L, 3L, 4L)));
  }

  @Test
  void a_reshape_that_changes_the_order_of_axes_or_would_infer_two_sizes_is_kept() {
    Value x = g.input("x", -1, -1, 6);
    Value first = g.reshape(x, Op.INFER, 3L, 2L);
    Value second = g.reshape(first, Op.COPY, Op.INFER);
    Value other = g.reshape(g.input("y", 3, 2), 2L, 3L);
    Value z = g.input("z", -1, -1);
    Value swapped =
        g.op(
            new ShapeOp.Reshape(List.of(Op.FROM_INPUT, Op.INFER)), z, g.op(new ShapeOp.Size(1), z));
    ElementOp.Unary.Kind relu = ElementOp.Unary.Kind.RELU;
    Graph before = g.build(g.unary(relu, second), g.unary(relu, other), g.unary(relu, swapped));
    assertThat(new MergeReshapes().apply(before)).isSameAs(before);
  }

  @Test
  void known_sizes_are_written_into_the_operation() {
    Value x = g.input("x", -1, 4, -1, 6);
    Value b = g.op(new ShapeOp.Size(0), x);
    Value c = g.op(new ShapeOp.Size(1), x);
    Value h = g.op(new ShapeOp.Size(2), x);
    Op reshape = new ShapeOp.Reshape(List.of(Op.FROM_INPUT, Op.FROM_INPUT, Op.FROM_INPUT, 3L, 2L));
    Value y = g.op(reshape, x, b, c, h);
    Rewritten after = Rewritten.of(g.build(y), List.of(new StaticSizes()));
    assertSameResults(g.build(y), after.graph(), 0);
    assertThat(ops(after.graph())).containsExactly("Reshape");
    assertThat(after.graph().nodes().get(0).op())
        .isEqualTo(new ShapeOp.Reshape(List.of(Op.COPY, 4L, Op.COPY, 3L, 2L)));
  }

  @Test
  void the_last_unknown_size_is_inferred_and_a_second_one_is_not() {
    Value x = g.input("x", -1, 4);
    Value like = g.input("like", -1, -1);
    Value h = g.op(new ShapeOp.Size(0), like);
    Value w = g.op(new ShapeOp.Size(1), like);
    Value image = g.op(new ShapeOp.Reshape(List.of(Op.FROM_INPUT, Op.FROM_INPUT, 4L)), x, h, w);
    Graph after = new StaticSizes().apply(g.build(image));
    assertThat(ops(after)).containsExactly("Size", "Reshape");
    assertThat(after.nodes().get(1).op())
        .isEqualTo(new ShapeOp.Reshape(List.of(Op.FROM_INPUT, Op.INFER, 4L)));
    assertThat(new StaticSizes().apply(after)).isSameAs(after);
  }

  @Test
  void a_constant_size_is_written_into_a_resize_and_an_expand() {
    Value x = g.input("x", -1, 2, 3, 3);
    Value six = g.constant("six", Tensor.scalar(DataType.INT64, 6));
    Value h = g.op(new ShapeOp.Size(2), x);
    Op resize =
        new LayerOp.Resize(
            LayerOp.Resize.Mode.LINEAR, false, List.of(Op.FROM_INPUT, Op.FROM_INPUT));
    Value y = g.op(resize, x, six, h);
    Op expand = new ShapeOp.Expand(List.of(Op.FROM_INPUT, 2L, 6L, 3L));
    Graph before = g.build(g.op(expand, y, g.op(new ShapeOp.Size(0), x)));
    Rewritten after = Rewritten.of(before, List.of(new StaticSizes()));
    assertSameResults(before, after.graph(), 0);
    assertThat(ops(after.graph())).containsExactly("Resize", "Size", "Expand");
  }

  @Test
  void a_residual_sum_that_is_transposed_back_is_computed_in_the_other_layout() {
    Value x = g.input("x", -1, 3, 4, 5);
    Value y = g.input("y", -1, 4, 5, 3);
    Value z = g.transpose(g.binary(Kind.ADD, x, g.transpose(y, 0, 3, 1, 2)), 0, 2, 3, 1);
    Value w = g.transpose(g.binary(Kind.SUB, g.transpose(y, 0, 3, 1, 2), x), 0, 2, 3, 1);
    Graph after = exact(new HoistTransposes(), g.build(z, w));
    assertThat(ops(after)).containsExactlyInAnyOrder("Transpose", "ADD", "Transpose", "SUB");
  }

  @Test
  void a_residual_sum_stays_if_others_read_it_or_its_part_or_the_layouts_differ() {
    Value x = g.input("x", -1, 3, 3, 3);
    Value y = g.input("y", -1, 3, 3, 3);
    Value shared = g.binary(Kind.ADD, x, g.transpose(y, 0, 3, 1, 2));
    Value a = g.transpose(shared, 0, 2, 3, 1);
    Value part = g.transpose(y, 0, 3, 1, 2);
    Value b = g.transpose(g.binary(Kind.ADD, x, part), 0, 2, 3, 1);
    Value c = g.transpose(g.binary(Kind.ADD, x, g.transpose(y, 0, 3, 2, 1)), 0, 2, 3, 1);
    Value row =
        g.transpose(g.binary(Kind.ADD, g.input("r", 3), g.transpose(y, 0, 3, 1, 2)), 0, 2, 3, 1);
    Graph before = g.build(a, shared, b, part, c, row);
    assertThat(new HoistTransposes().apply(before)).isSameAs(before);
  }

  @Test
  void a_transpose_that_moves_axes_of_size_1_alone_is_a_reshape() {
    Value x = g.input("x", -1, -1, 1, 4);
    Graph after = exact(new TransposesAsReshapes(), g.build(g.transpose(x, 0, 2, 1, 3)));
    assertThat(after.nodes().get(0).op())
        .isEqualTo(new ShapeOp.Reshape(List.of(Op.COPY, 1L, Op.INFER, 4L)));
  }

  @Test
  void a_transpose_that_moves_elements_or_two_unknown_sizes_is_kept() {
    Value a = g.transpose(g.input("a", -1, -1, 1, 4), 0, 2, 3, 1);
    Value b = g.transpose(g.input("b", 1, -1, -1, 4), 1, 2, 0, 3);
    Graph before = g.build(a, b);
    assertThat(new TransposesAsReshapes().apply(before)).isSameAs(before);
  }

  @Test
  void a_size_is_measured_where_it_first_is_known() {
    Value x = g.input("x", -1, -1, 3);
    Value y = g.op(new LayerOp.MatMul(), x, g.random("w", 3, 5));
    y = g.binary(Kind.ADD, y, g.random("b", 5));
    y = g.op(new LayerOp.LayerNormalization(2, 1e-5), y, g.random("s", 5), g.random("t", 5));
    y = g.transpose(g.unary(ElementOp.Unary.Kind.GELU, y), 0, 2, 1);
    Value size = g.op(new ShapeOp.Size(2), y);
    Graph after = exact(new ForwardSizes(), g.build(size));
    assertThat(ops(after)).containsExactly("Size");
    assertThat(after.nodes().get(0).op()).isEqualTo(new ShapeOp.Size(1));
  }

  @Test
  void the_size_of_a_resized_image_is_what_it_was_resized_to() {
    Value x = g.input("x", -1, 2, 3, 3);
    Value like = g.input("like", 1, 1, -1, -1);
    Op resize = new LayerOp.Resize(LayerOp.Resize.Mode.NEAREST, false, List.of(9L, Op.FROM_INPUT));
    Value image = g.op(resize, x, g.op(new ShapeOp.Size(3), like));
    Value w = g.op(new ShapeOp.Size(3), image);
    Op shape = new ShapeOp.Reshape(List.of(Op.FROM_INPUT, Op.INFER));
    Value y = g.op(shape, image, g.op(new ShapeOp.Size(0), image));
    Value z = g.op(new ShapeOp.Reshape(List.of(Op.FROM_INPUT, Op.INFER)), like, w);
    Graph after = exact(new ForwardSizes(), g.build(y, z));
    assertThat(after.nodes())
        .filteredOn(n -> n.op() instanceof ShapeOp.Size)
        .allSatisfy(n -> assertThat(n.inputs()).containsAnyOf(x, like));
  }

  @Test
  void a_size_that_an_operation_changes_or_broadcasts_is_measured_behind_it() {
    Value x = g.input("x", -1, 2, 9, 9);
    Op conv = new LayerOp.Conv(List.of(2L, 2L), List.of(0L, 0L, 0L, 0L), List.of(1L, 1L), 1);
    Value a = g.op(new ShapeOp.Size(2), g.op(conv, x, g.random("w", 2, 2, 1, 1)));
    Value b = g.op(new ShapeOp.Size(0), g.binary(Kind.ADD, g.input("row", 9), x));
    Value c =
        g.op(new ShapeOp.Size(1), g.binary(Kind.ADD, g.input("y", 1, 1), g.input("z", 3, -1)));
    Graph before = g.build(a, b, c);
    assertThat(new ForwardSizes().apply(before)).isSameAs(before);
  }
}
