package dev.fovea.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GlobalResponseNormTest {

  private final NDManager manager = NDManager.newBaseManager();
  private final GlobalResponseNorm norm = new GlobalResponseNorm(3);
  private final Forward pass = new Forward(new ParameterStore(manager, false), false);

  @BeforeEach
  void initialize() {
    norm.initialize(manager);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray twelve() {
    float[] numbers = new float[12];
    for (int i = 0; i < 12; i++) {
      numbers[i] = (i + 1) / 10f;
    }
    return manager.create(numbers, new Shape(1, 2, 2, 3));
  }

  private void set(String name, float... values) {
    Parameter parameter = norm.getParameters().get(name);
    parameter.getArray().setRequiresGradient(false);
    parameter.getArray().set(values);
  }

  @Test
  void starts_as_the_identity() {
    NDArray x = twelve();
    assertThat(norm.forward(x, pass).toFloatArray()).isEqualTo(x.toFloatArray());
  }

  /** N = (0.879570, 0.998673, 1.121755), computed with the authors' code. */
  @Test
  void scales_each_channel_by_its_norm_relative_to_the_mean_norm() {
    set("weight", 1, 2, 3);
    set("bias", 0.5f, 0, -0.5f);
    float[] y = norm.forward(twelve(), pass).toFloatArray();
    double[] factors = {1 + 0.879570, 1 + 2 * 0.998673, 1 + 3 * 1.121755};
    double[] bias = {0.5, 0, -0.5};
    for (int i = 0; i < 12; i++) {
      assertThat((double) y[i])
          .isCloseTo((i + 1) / 10.0 * factors[i % 3] + bias[i % 3], within(1e-5));
    }
  }

  @Test
  void norms_are_those_of_one_sample() {
    set("weight", 1, 1, 1);
    NDArray x = twelve();
    NDArray both = x.concat(x.mul(7).add(1), 0);
    assertThat(norm.forward(both, pass).get("0:1").toFloatArray())
        .isEqualTo(norm.forward(x, pass).toFloatArray());
  }

  @Test
  void a_channel_of_zeros_has_a_finite_gradient() {
    set("weight", 1, 1, 1);
    NDArray x = manager.create(new float[] {0, 1, 2, 0, 3, 4}, new Shape(1, 1, 2, 3));
    x.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      collector.backward(norm.forward(x, pass).square().sum());
    }
    for (float gradient : x.getGradient().toFloatArray()) {
      assertThat(gradient).isFinite();
    }
  }
}
