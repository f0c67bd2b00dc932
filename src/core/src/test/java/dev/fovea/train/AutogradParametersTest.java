package dev.fovea.train;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.GradientCollector;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AutogradParametersTest {

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void collects_gradients_by_path_and_leaves_nothing_behind() {
    SequentialBlock block = new SequentialBlock();
    block.add(Linear.builder().setUnits(2).build());
    block.add(BatchNorm.builder().build());
    block.initialize(manager, DataType.FLOAT32, new Shape(4, 3));
    ParameterList list = block.getParameters();
    list.values().forEach(p -> p.getArray().setRequiresGradient(false));
    list.get("01Linear_bias").freeze(true);
    int before = manager.getManagedArrays().size();
    try (NDManager step = manager.newSubManager()) {
      AutogradParameters parameters = new AutogradParameters(step, list);
      NDList inputs = new NDList(HashFill.pixels(step, "x", new Shape(4, 3)));
      try (GradientCollector collector = step.getEngine().newGradientCollector()) {
        NDArray y = block.forward(parameters, inputs, true).head();
        collector.backward(y.square().mul(HashFill.pixels(step, "y", new Shape(4, 2))).sum());
      }
      Map<String, NDArray> gradients = parameters.gradients();
      assertThat(gradients)
          .containsOnlyKeys("01Linear_weight", "02BatchNorm_gamma", "02BatchNorm_beta");
      assertThat(requireNonNull(gradients.get("01Linear_weight")).abs().sum().getFloat())
          .isPositive();
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
    list.values().forEach(p -> assertThat(p.getArray().hasGradient()).isFalse());
    assertThat(list.get("02BatchNorm_runningMean").getArray().abs().sum().getFloat()).isPositive();
  }

  @Test
  void a_parameter_used_twice_gets_one_handle_and_the_sum_of_both_gradients() {
    Parameter tied = parameter(manager.create(new float[] {3}));
    try (NDManager step = manager.newSubManager()) {
      AutogradParameters parameters = parameters(step, tied);
      NDArray first = requireNonNull(parameters.getValue(tied, step.getDevice(), true));
      NDArray second = parameters.getValue(tied, step.getDevice(), false);
      assertThat(second).isSameAs(first);
      try (GradientCollector collector = step.getEngine().newGradientCollector()) {
        collector.backward(first.mul(second));
      }
      assertThat(parameters.gradients().get("p"))
          .satisfies(g -> assertThat(g.toFloatArray()).containsExactly(6));
    }
  }

  @Test
  void a_parameter_without_influence_has_a_zero_gradient() {
    Parameter used = parameter(manager.create(new float[] {3}));
    Parameter idle = parameter(manager.create(new float[] {1, 2}));
    ParameterList list = new ParameterList();
    list.add("used", used);
    list.add("idle", idle);
    try (NDManager step = manager.newSubManager()) {
      AutogradParameters parameters = new AutogradParameters(step, list);
      parameters.getValue(idle, step.getDevice(), true);
      try (GradientCollector collector = step.getEngine().newGradientCollector()) {
        collector.backward(
            requireNonNull(parameters.getValue(used, step.getDevice(), true)).square());
      }
      assertThat(parameters.gradients().get("idle"))
          .satisfies(g -> assertThat(g.toFloatArray()).containsExactly(0, 0));
    }
  }

  @Test
  void refuses_a_parameter_from_elsewhere_and_another_device() {
    Parameter known = parameter(manager.create(new float[] {3}));
    Parameter other = parameter(manager.create(new float[] {3}));
    try (NDManager step = manager.newSubManager()) {
      AutogradParameters parameters = parameters(step, known);
      assertThatThrownBy(() -> parameters.getValue(other, step.getDevice(), true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("\"p\" is not among the parameters");
      assertThatThrownBy(() -> parameters.getValue(known, Device.gpu(), true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is on cpu(), but the inputs are on gpu(0)");
      assertThat(parameters.getValue(null, step.getDevice(), true)).isNull();
    }
  }

  private static AutogradParameters parameters(NDManager step, Parameter parameter) {
    ParameterList list = new ParameterList();
    list.add("p", parameter);
    return new AutogradParameters(step, list);
  }

  private static Parameter parameter(NDArray array) {
    return Parameter.builder().setName("p").setType(Parameter.Type.WEIGHT).optArray(array).build();
  }
}
