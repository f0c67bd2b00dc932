package dev.fovea.optimizer.ir;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.TestGraph;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepTest {

  private final TestGraph g = new TestGraph();
  private final Value x = g.input("x", -1, 3);
  private final Value product = g.op(new LayerOp.MatMul(), x, g.random("w", 3, 4));

  private Value plus(Value a, Value b) {
    return g.binary(ElementOp.Binary.Kind.ADD, a, b);
  }

  @Test
  void a_product_and_its_bias_are_one_step_in_either_order() {
    Value y = plus(product, g.random("b", 4));
    Value second = g.op(new LayerOp.MatMul(), y, g.random("w2", 4, 5));
    Graph graph = g.build(plus(g.random("b2", 5), second));
    assertThat(Step.of(graph)).hasSize(2).allMatch(Step::linear);
  }

  @Test
  void a_product_that_is_read_elsewhere_is_computed_as_such() {
    Value sum = plus(product, g.random("b", 4));
    assertThat(Step.of(g.build(plus(sum, product)))).hasSize(3).noneMatch(Step::linear);
  }

  @Test
  void a_product_that_is_returned_is_computed_as_such() {
    Graph graph = g.build(product, plus(product, g.random("b", 4)));
    assertThat(Step.of(graph)).hasSize(2).noneMatch(Step::linear);
  }

  @Test
  void what_is_no_bias_of_the_columns_is_added_as_such() {
    Value row = plus(product, g.random("row", 1, 4));
    Graph graph = g.build(row);
    assertThat(Step.of(graph)).hasSize(2).noneMatch(Step::linear);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void a_linear_map_is_the_product_plus_the_bias(int rank) {
    try (NDManager manager = NDManager.newBaseManager()) {
      List<Long> dims = new ArrayList<>(List.of(2L, 3L, 2L, 3L, 7L).subList(5 - rank, 5));
      NDArray input = manager.randomUniform(-1, 1, new Shape(dims));
      NDArray weight = manager.randomUniform(-1, 1, new Shape(7, 6));
      NDArray bias = manager.randomUniform(-1, 1, new Shape(6));
      TestGraph own = new TestGraph();
      Value in = own.input("x", input.getShape().getShape());
      Value w = own.constant("w", weight.toFloatArray(), 7, 6);
      Value b = own.constant("b", bias.toFloatArray(), 6);
      Value out = own.binary(ElementOp.Binary.Kind.ADD, own.op(new LayerOp.MatMul(), in, w), b);
      Graph graph = own.build(out);
      assertThat(Step.of(graph)).hasSize(1);
      int before = manager.getManagedArrays().size();
      NDList got = TestGraph.run(graph, manager, new NDList(input));
      assertThat(manager.getManagedArrays()).hasSize(before + 1);
      TestGraph.assertClose(new NDList(input.matMul(weight).add(bias)), got, 1e-6);
    }
  }
}
