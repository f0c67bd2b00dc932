package dev.fovea.train;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExponentialMovingAverageTest {

  private static final String WEIGHT = "weight";
  private static final String MEAN = "running_mean";

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void keeps_a_part_of_the_average_and_adds_the_rest() {
    Holder block = new Holder(manager.create(new float[] {1, -2}), manager.create(8f));
    try (ExponentialMovingAverage average = new ExponentialMovingAverage(block, 0.75)) {
      assertThat(array(average, WEIGHT)).containsExactly(1, -2);

      block.set(WEIGHT, 5);
      average.update();
      assertThat(array(average, WEIGHT)).containsExactly(2, -0.25f); // .75 (1, -2) + .25 5
      assertThat(array(average, MEAN)).containsExactly(8);

      block.set(MEAN, 0);
      average.update();
      assertThat(array(average, WEIGHT)).containsExactly(2.75f, 1.0625f);
      assertThat(array(average, MEAN)).containsExactly(6);
    }
  }

  @Test
  void averages_what_is_frozen_or_requires_a_gradient_itself() {
    Holder block = new Holder(manager.ones(new Shape(2)), manager.ones(new Shape(2)));
    block.value(WEIGHT).setRequiresGradient(true);
    try (ExponentialMovingAverage average = new ExponentialMovingAverage(block, 0.5)) {
      block.set(MEAN, 3);
      average.update();
      average.copyTo(block);
    }
    assertThat(block.value(MEAN).toFloatArray()).containsExactly(2, 2);
    assertThat(block.value(WEIGHT).toFloatArray()).containsExactly(1, 1);
    assertThat(block.value(WEIGHT).hasGradient()).isTrue();
  }

  @Test
  void is_copied_into_the_memory_of_the_parameters() {
    Holder block = new Holder(manager.ones(new Shape(2, 2)), manager.ones(new Shape(1)));
    NDArray before = block.value(WEIGHT);
    try (NDArray handle = before.stopGradient();
        ExponentialMovingAverage average = new ExponentialMovingAverage(block, 0)) {
      block.set(WEIGHT, Float.NaN);
      average.copyTo(block);
      assertThat(handle.toFloatArray()).containsExactly(1, 1, 1, 1);
      assertThat(block.value(WEIGHT)).isSameAs(before);

      block.set(WEIGHT, 7);
      assertThat(array(average, WEIGHT)).containsExactly(1, 1, 1, 1);
    }
  }

  @Test
  void outlives_the_blocks_manager_and_allocates_nothing_else() {
    ExponentialMovingAverage average;
    try (NDManager own = manager.newSubManager()) {
      Holder block = new Holder(own.ones(new Shape(3)), own.ones(new Shape(3)));
      average = new ExponentialMovingAverage(block, 0.9);
      int before = own.getManagedArrays().size();
      int systemBefore = manager.getParentManager().getManagedArrays().size();
      for (int i = 0; i < 5; i++) {
        average.update();
        average.copyTo(block);
      }
      assertThat(own.getManagedArrays()).hasSize(before);
      assertThat(manager.getParentManager().getManagedArrays()).hasSize(systemBefore);
    }
    NDArray kept = requireNonNull(average.averages().get(WEIGHT));
    assertThat(kept.toFloatArray()).containsExactly(1, 1, 1);

    average.close();

    assertThat(average.averages()).isEmpty();
    assertThat(kept.isReleased()).isTrue();
  }

  @Test
  void refuses_what_it_cannot_average() {
    Holder block = new Holder(manager.ones(new Shape(2)), manager.ones(new Shape(2)));
    assertRefused(() -> new ExponentialMovingAverage(block, 1), "decay must be in [0, 1)");
    assertRefused(() -> new ExponentialMovingAverage(block, Double.NaN), "decay");
    assertRefused(
        () -> new ExponentialMovingAverage(new Holder(null, manager.ones(new Shape(2))), 0.9),
        "\"weight\" has no values");
    NDArray integers = manager.ones(new Shape(2), DataType.INT64);
    assertRefused(
        () -> new ExponentialMovingAverage(new Holder(integers, integers), 0.9),
        "\"weight\" is of type int64");
  }

  @Test
  void is_not_copied_into_a_block_of_other_parameters() {
    Holder block = new Holder(manager.ones(new Shape(2)), manager.ones(new Shape(2)));
    Holder other = new Holder(manager.zeros(new Shape(2)), manager.zeros(new Shape(1)));
    try (ExponentialMovingAverage average = new ExponentialMovingAverage(block, 0.9)) {
      assertRefused(() -> average.copyTo(other), "\"running_mean\" has the shape (1)");
      assertThat(other.value(WEIGHT).toFloatArray()).containsExactly(0, 0);
      assertRefused(
          () -> average.copyTo(new SequentialBlock()),
          "of the parameters [weight, running_mean], but the block has []");
    }
  }

  @Test
  void does_nothing_silently_once_closed() {
    Holder block = new Holder(manager.ones(new Shape(2)), manager.ones(new Shape(2)));
    ExponentialMovingAverage average = new ExponentialMovingAverage(block, 0.9);
    average.close();
    assertThatThrownBy(average::update).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> average.copyTo(block)).isInstanceOf(IllegalStateException.class);
  }

  private static void assertRefused(Runnable call, String reason) {
    assertThatThrownBy(call::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  private static float[] array(ExponentialMovingAverage average, String path) {
    return requireNonNull(average.averages().get(path)).toFloatArray();
  }

  /** A weight and a running mean. */
  private static final class Holder extends AbstractBlock {

    Holder(@Nullable NDArray weight, NDArray mean) {
      add(WEIGHT, Parameter.Type.WEIGHT, weight);
      add(MEAN, Parameter.Type.RUNNING_MEAN, mean);
    }

    private void add(String name, Parameter.Type type, @Nullable NDArray value) {
      Parameter.Builder parameter = Parameter.builder().setName(name).setType(type);
      addParameter(value == null ? parameter.build() : parameter.optArray(value).build());
    }

    NDArray value(String name) {
      return requireNonNull(parameters.get(name)).getArray();
    }

    void set(String name, float number) {
      try (NDArray handle = value(name).stopGradient();
          NDArray filled = handle.getManager().full(handle.getShape(), number)) {
        handle.set(new NDIndex("..."), filled);
      }
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store,
        NDList inputs,
        boolean training,
        @Nullable PairList<String, Object> params) {
      throw new UnsupportedOperationException("only holds parameters");
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
      return inputShapes;
    }
  }
}
