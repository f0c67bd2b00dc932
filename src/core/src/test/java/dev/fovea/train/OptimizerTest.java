package dev.fovea.train;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OptimizerTest {

  private static final List<ParameterGroup> NONE = List.of();

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void adamw_moves_as_in_pytorch() throws IOException {
    assertMovesAs("adamw", new AdamW(0.9, 0.95, 1e-8, 0.05, NONE), 0.01);
  }

  @Test
  void adam_moves_as_in_pytorch() throws IOException {
    assertMovesAs("adam", new Adam(), 0.01);
  }

  @Test
  void sgd_with_nesterov_momentum_moves_as_in_pytorch() throws IOException {
    assertMovesAs("sgd_nesterov", new Sgd(0.9, true, 0.01, NONE), 0.003);
  }

  /** The case's objective: sum((w A)^2) + sum(sin b) + sum(rowsum(w) * b). */
  private void assertMovesAs(String name, Optimizer optimizer, double rate) throws IOException {
    NDList in = golden("inputs");
    double[][] expected = rows(golden("expected").get(name));
    for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
      Map<String, Parameter> parameters = new LinkedHashMap<>();
      parameters.put("w", parameter("w", in.get("w").duplicate().toType(type, false)));
      parameters.put("b", parameter("b", in.get("b").duplicate().toType(type, false)));
      NDArray a = in.get("A").toType(type, false);
      double precision = type == DataType.FLOAT32 ? 1e-6 : 1e-12;
      for (double[] row : expected) {
        try (NDManager step = manager.newSubManager()) {
          optimizer.update(parameters, gradients(step, parameters, a), rate);
        }
        assertThat(values(parameters)).usingComparatorWithPrecision(precision).containsExactly(row);
      }
      optimizer.close();
    }
  }

  private static Map<String, NDArray> gradients(
      NDManager step, Map<String, Parameter> parameters, NDArray a) {
    ParameterList list = new ParameterList();
    parameters.forEach(list::add);
    AutogradParameters autograd = new AutogradParameters(step, list);
    try (GradientCollector collector = step.getEngine().newGradientCollector()) {
      NDArray w = requireNonNull(autograd.getValue(parameters.get("w"), step.getDevice(), true));
      NDArray b = requireNonNull(autograd.getValue(parameters.get("b"), step.getDevice(), true));
      NDArray product = w.matMul(a).square().sum().add(b.sin().sum());
      collector.backward(product.add(w.sum(new int[] {1}).mul(b).sum()));
    }
    return autograd.gradients();
  }

  private static Parameter parameter(String name, NDArray array) {
    Parameter.Type type = array.getShape().dimension() == 1 ? Parameter.Type.BIAS : null;
    return Parameter.builder()
        .setName(name)
        .setType(type == null ? Parameter.Type.WEIGHT : type)
        .optArray(array)
        .build();
  }

  private static double[] values(Map<String, Parameter> parameters) {
    return parameters.values().stream()
        .map(p -> p.getArray().toType(DataType.FLOAT64, false).toDoubleArray())
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private static double[][] rows(NDArray matrix) {
    double[] all = matrix.toDoubleArray();
    int width = (int) matrix.getShape().get(1);
    double[][] rows = new double[all.length / width][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(all, i * width, (i + 1) * width);
    }
    return rows;
  }

  private NDList golden(String file) throws IOException {
    String resource = "/golden/optim/steps/" + file + ".safetensors";
    try (InputStream stream = getClass().getResourceAsStream(resource)) {
      return NDList.decode(manager, stream);
    }
  }

  @Test
  void groups_scale_rate_and_decay_and_multiply_where_they_overlap() {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (String path : List.of("body.weight", "head.weight", "head.bias", "body.norm")) {
      Shape shape = path.endsWith("weight") ? new Shape(1, 1) : new Shape(1);
      parameters.put(path, parameter("p", manager.ones(shape)));
    }
    Map<String, NDArray> zeroGradients = new LinkedHashMap<>();
    parameters.forEach((path, p) -> zeroGradients.put(path, p.getArray().zerosLike()));
    List<ParameterGroup> groups =
        List.of(ParameterGroup.noDecayOfVectors(), ParameterGroup.containing("head", 10, 2));
    try (AdamW optimizer = new AdamW(0.9, 0.999, 1e-8, 0.1, groups)) {
      optimizer.update(parameters, zeroGradients, 0.01);
    }
    // p = 1 - (0.01 * 1) (0.1 * 1), 1 - (0.01 * 10) (0.1 * 2), and no decay of vectors.
    assertThat(values(parameters))
        .usingComparatorWithPrecision(1e-6)
        .containsExactly(0.999, 0.98, 1, 1);
  }

  @Test
  void keeps_its_state_by_path_and_allocates_nothing_else() {
    Map<String, Parameter> parameters = Map.of("p", parameter("p", manager.ones(new Shape(3))));
    Map<String, NDArray> gradients = Map.of("p", manager.ones(new Shape(3)));
    AdamW optimizer = new AdamW(0.05);
    int before = manager.getManagedArrays().size();
    int systemBefore = manager.getParentManager().getManagedArrays().size();
    for (int i = 0; i < 5; i++) {
      optimizer.update(parameters, gradients, 0.1);
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
    assertThat(manager.getParentManager().getManagedArrays()).hasSize(systemBefore);
    Optimizer.State state = requireNonNull(optimizer.states().get("p"));
    assertThat(state.updates()).isEqualTo(5);
    assertThat(state.arrays()).containsOnlyKeys("exp_avg", "exp_avg_sq");
    assertThat(requireNonNull(state.arrays().get("exp_avg")).toFloatArray()[0])
        .isCloseTo((float) (1 - Math.pow(0.9, 5)), within(1e-6f));
    optimizer.close();
    assertThat(optimizer.states()).isEmpty();
  }

  @Test
  void updates_a_parameter_that_requires_a_gradient_itself() {
    NDArray array = manager.ones(new Shape(2));
    array.setRequiresGradient(true);
    Map<String, NDArray> gradients = Map.of("p", manager.ones(new Shape(2)));
    new Sgd(0, false, 0, NONE).update(Map.of("p", parameter("p", array)), gradients, 0.25);
    assertThat(array.toFloatArray()).containsExactly(0.75f, 0.75f);
  }

  @Test
  void refuses_numbers_out_of_range() {
    assertRefused(() -> new AdamW(-1), "weightDecay must be 0 or more, but is -1.0");
    assertRefused(() -> new Adam(1, 0.9, 0, 0, NONE), "beta1 must be in [0, 1), but is 1.0");
    assertRefused(() -> new Sgd(0, true, 0, NONE), "Nesterov's form needs a momentum");
    assertRefused(() -> ParameterGroup.containing("x", -1, 0), "rateScale must be 0 or more");
    assertRefused(
        () -> new AdamW(0).update(Map.of(), Map.of("x", manager.create(1f)), 1),
        "no parameter \"x\"");
    assertRefused(() -> new AdamW(0).update(Map.of(), Map.of(), Double.NaN), "learningRate");
  }

  private static void assertRefused(Runnable call, String reason) {
    assertThatThrownBy(call::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }
}
