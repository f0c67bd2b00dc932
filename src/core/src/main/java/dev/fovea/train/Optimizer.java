package dev.fovea.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.nn.Parameter;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves parameters along their gradients, in place, by the arithmetic of PyTorch's optimizer of the
 * same name. What it remembers about a parameter is kept by the parameter's path, on memory of its
 * own until {@link #close}.
 */
public abstract class Optimizer implements AutoCloseable {

  private final double weightDecay;
  private final List<ParameterGroup> groups;
  private final List<String> memoryNames;
  private final Map<String, State> states = new LinkedHashMap<>();

  Optimizer(double weightDecay, List<ParameterGroup> groups, List<String> memoryNames) {
    requireNotNegative("weightDecay", weightDecay);
    this.weightDecay = weightDecay;
    this.groups = List.copyOf(groups);
    this.memoryNames = memoryNames;
  }

  /**
   * What is remembered about a parameter.
   *
   * @param updates how many updates it has had
   * @param arrays running averages of the parameter's shape by name, such as {@code exp_avg}
   */
  public record State(long updates, Map<String, NDArray> arrays) {
    /**
     * Creates a state.
     *
     * @param updates how many updates it has had
     * @param arrays running averages of the parameter's shape by name, such as {@code exp_avg}
     */
    public State {
      arrays = Collections.unmodifiableMap(new LinkedHashMap<>(arrays));
    }
  }

  /**
   * Updates every parameter that has a gradient.
   *
   * @param parameters the parameters by path
   * @param gradients the gradients by path, as {@link AutogradParameters#gradients} gives
   * @param learningRate the learning rate of this step, 0 or more
   * @throws IllegalArgumentException if a gradient has no parameter or a number is out of range
   */
  public final void update(
      Map<String, Parameter> parameters, Map<String, NDArray> gradients, double learningRate) {
    requireNotNegative("learningRate", learningRate);
    Map<Hyperparameters, NDArray[]> shared = new HashMap<>();
    try (NDScope step = new NDScope()) {
      step.suppressNotUsedWarning();
      for (Map.Entry<String, NDArray> entry : gradients.entrySet()) {
        String path = entry.getKey();
        Parameter parameter = parameters.get(path);
        if (parameter == null) {
          throw new IllegalArgumentException(
              "There is a gradient, but no parameter \"" + path + "\"");
        }
        update(path, parameter, entry.getValue(), learningRate, shared);
      }
    }
  }

  private void update(
      String path,
      Parameter parameter,
      NDArray gradient,
      double learningRate,
      Map<Hyperparameters, NDArray[]> shared) {
    State state = states.computeIfAbsent(path, p -> newState(parameter.getArray()));
    State next = new State(state.updates() + 1, state.arrays());
    states.put(path, next);
    Hyperparameters own = hyperparameters(path, parameter, learningRate, next.updates());
    NDManager manager = gradient.getManager();
    NDArray[] constants =
        shared.computeIfAbsent(
            own,
            key -> {
              double[] values = constants(key);
              NDArray[] arrays = new NDArray[values.length];
              for (int i = 0; i < values.length; i++) {
                arrays[i] = manager.create(values[i]);
              }
              return arrays;
            });
    try (NDScope temporary = new NDScope()) {
      temporary.suppressNotUsedWarning();
      // Even if somebody made the parameter require a gradient, this handle on its memory does not.
      NDArray value = parameter.getArray().stopGradient();
      NDArray[] memory = next.arrays().values().toArray(new NDArray[0]);
      update(value, gradient, memory, own, constants);
    }
  }

  private Hyperparameters hyperparameters(
      String path, Parameter parameter, double learningRate, long updates) {
    double rate = learningRate;
    double decay = weightDecay;
    for (ParameterGroup group : groups) {
      if (group.members().test(path, parameter)) {
        rate *= group.rateScale();
        decay *= group.decayScale();
      }
    }
    return new Hyperparameters(rate, decay, updates);
  }

  private State newState(NDArray parameter) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    for (String name : memoryNames) {
      NDArray zeros = parameter.stopGradient().zerosLike();
      NDScope.unregister(zeros);
      zeros.detach();
      arrays.put(name, zeros);
    }
    return new State(0, arrays);
  }

  /** What the update of a parameter depends on beside its arrays. */
  record Hyperparameters(double learningRate, double weightDecay, long updates) {}

  /** The numbers that {@link #update} needs; made into scalars once for all equal parameters. */
  abstract double[] constants(Hyperparameters own);

  /** The formula: changes value and memory in place; what it allocates is closed by the caller. */
  abstract void update(
      NDArray value, NDArray gradient, NDArray[] memory, Hyperparameters own, NDArray[] constants);

  /**
   * Returns what is remembered, for a checkpoint.
   *
   * @return the state by path of parameter; its arrays are the optimizer's own
   */
  public final Map<String, State> states() {
    return Collections.unmodifiableMap(states);
  }

  /** Frees what is remembered. */
  @Override
  public final void close() {
    states.values().forEach(state -> state.arrays().values().forEach(NDArray::close));
    states.clear();
  }

  static void requireNotNegative(String name, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + " must be 0 or more, but is " + value);
    }
  }

  static void requireFraction(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " must be in [0, 1), but is " + value);
    }
  }
}
