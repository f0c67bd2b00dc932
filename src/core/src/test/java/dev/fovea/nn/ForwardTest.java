package dev.fovea.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Scopes, parameter paths and the few layers that have a rule of their own. */
class ForwardTest {

  private final NDManager manager = NDManager.newBaseManager();
  private final Forward inference = new Forward(new ParameterStore(manager, false), false);
  private final Forward training = new Forward(new ParameterStore(manager, false), true);

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void a_scope_releases_what_is_derived_and_keeps_what_it_is_told_to() {
    NDArray x = manager.ones(new Shape(2));
    NDArray kept;
    NDArray dropped;
    try (Forward.Scope scope = inference.scope(x)) {
      dropped = x.add(1);
      kept = scope.keep(dropped.add(1));
    }
    assertThat(kept.toFloatArray()).containsExactly(3, 3);
    assertThat(kept.getManager()).isSameAs(manager);
    assertThat(x.getManager()).isSameAs(manager);
    assertThatThrownBy(dropped::toFloatArray).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_scope_may_keep_its_own_start() {
    NDArray x = manager.ones(new Shape(2));
    try (Forward.Scope outer = inference.scope(x);
        Forward.Scope inner = inference.scope(x)) {
      assertThat(outer.keep(inner.keep(x))).isSameAs(x);
    }
    assertThat(x.toFloatArray()).containsExactly(1, 1);
  }

  @Test
  void a_scope_gives_its_start_back_when_something_fails() {
    NDArray x = manager.ones(new Shape(2));
    assertThatThrownBy(
            () -> {
              try (Forward.Scope scope = inference.scope(x)) {
                scope.keep(x.matMul(manager.ones(new Shape(3, 3))));
              }
            })
        .isInstanceOf(RuntimeException.class);
    assertThat(x.getManager()).isSameAs(manager);
  }

  @Test
  void a_sequence_holds_the_output_of_one_layer_at_a_time() {
    List<NDArray> outputs = new ArrayList<>();
    Layer one =
        new Layer() {
          @Override
          public NDArray forward(NDArray x, Forward pass) {
            NDArray y = x.add(1);
            outputs.add(y);
            return y;
          }
        };
    NDArray x = manager.zeros(new Shape(2));
    NDArray y = new Sequential(one, one, one).forward(x, inference);
    assertThat(y.toFloatArray()).containsExactly(3, 3);
    assertThat(x.toFloatArray()).containsExactly(0, 0);
    assertThatThrownBy(() -> outputs.get(0).toFloatArray()).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> outputs.get(1).toFloatArray()).isInstanceOf(RuntimeException.class);
  }

  @Test
  void children_are_named_as_in_the_checkpoint() {
    Layer layer = new Sequential(new Sequential(new Linear(2, 3)), LayerNorm.last(3, 1e-6));
    assertThat(layer.getParameters().keys())
        .containsExactly("0.0.weight", "0.0.bias", "1.weight", "1.bias");
  }

  @Test
  void a_layer_serves_in_a_sequence_of_djl() {
    SequentialBlock block = new SequentialBlock().add(new Linear(4, 3)).add(new Linear(3, 2));
    block.initialize(manager, ai.djl.ndarray.types.DataType.FLOAT32, new Shape(5, 4));
    NDList y = block.forward(inference.store(), new NDList(manager.ones(new Shape(5, 4))), false);
    assertThat(y.singletonOrThrow().getShape()).isEqualTo(new Shape(5, 2));
  }

  @Test
  void output_shapes_need_values() {
    Layer layer = new Linear(4, 3);
    assertThatThrownBy(() -> layer.getOutputShapes(new Shape[] {new Shape(1, 4)}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("initialize");
  }

  @Test
  void a_value_for_inference_is_cut_from_autograd() {
    Linear layer = new Linear(2, 2);
    layer.initialize(manager);
    Parameter weight = layer.getParameters().get("weight");
    NDArray x = manager.ones(new Shape(1, 2));
    assertThat(weight.getArray().hasGradient()).isTrue();
    NDArray value = inference.value(weight, x);
    assertThat(value).isNotNull().isNotSameAs(weight.getArray());
    assertThat(java.util.Objects.requireNonNull(value).hasGradient()).isFalse();
    assertThat(training.value(weight, x)).isSameAs(weight.getArray());
    assertThat(inference.value(null, x)).isNull();
  }

  @Test
  void drop_path_drops_whole_samples_and_keeps_the_mean() {
    manager.getEngine().setRandomSeed(5);
    NDArray x = manager.ones(new Shape(4000, 3));
    NDArray y = new DropPath(0.25).forward(x, training);
    float[] rows = y.sum(new int[] {1}).toFloatArray();
    int dropped = 0;
    for (float row : rows) {
      assertThat(row)
          .satisfiesAnyOf(
              r -> assertThat(r).isZero(), r -> assertThat(r).isCloseTo(4, within(1e-5f)));
      dropped += row == 0 ? 1 : 0;
    }
    assertThat(dropped / 4000.0).isCloseTo(0.25, within(0.03));
    assertThat(new DropPath(0.25).forward(x, inference)).isSameAs(x);
  }

  @Test
  void drop_path_rates_grow_linearly() {
    assertThat(DropPath.rates(0.3, 4))
        .containsExactly(new double[] {0, 0.1, 0.2, 0.3}, within(1e-12));
    assertThat(DropPath.rates(0.3, 1)).containsExactly(0);
    assertThatThrownBy(() -> new DropPath(1)).hasMessageContaining("1.0");
    assertThatThrownBy(() -> new Dropout(Double.NaN)).hasMessageContaining("NaN");
  }

  @Test
  void batch_norm_moves_its_running_statistics_by_a_tenth() {
    BatchNorm norm = new BatchNorm(1);
    norm.initialize(manager);
    NDArray x = manager.create(new float[] {1, 3}, new Shape(2, 1, 1, 1));
    assertThat(norm.forward(x, training).toFloatArray())
        .containsExactly(new float[] {-1, 1}, within(1e-4f));
    float mean = norm.getParameters().get("running_mean").getArray().getFloat();
    float variance = norm.getParameters().get("running_var").getArray().getFloat();
    assertThat(mean).isCloseTo(0.2f, within(1e-6f)); // 0.9 * 0 + 0.1 * 2
    assertThat(variance).isCloseTo(1.1f, within(1e-6f)); // 0.9 * 1 + 0.1 * 2, unbiased
    assertThat(x.toFloatArray()).containsExactly(1, 3);
  }
}
