package dev.fovea.testkit;

import static java.util.Objects.requireNonNull;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The gradients of a block by its inputs and parameters, in a training pass. */
final class BlockGradients {

  private final Supplier<? extends Block> blocks;
  private final List<Shape> shapes;
  private final Set<String> withoutEffect;

  BlockGradients(Supplier<? extends Block> blocks, List<Shape> shapes, Set<String> withoutEffect) {
    this.blocks = blocks;
    this.shapes = shapes;
    this.withoutEffect = withoutEffect;
  }

  void finiteDifferences() {
    List<String> failures = new ArrayList<>();
    try (BlockTrial trial = new BlockTrial(blocks, shapes, DataType.FLOAT64)) {
      for (int i = 0; i < shapes.size(); i++) {
        checkInput(trial, i, failures);
      }
      for (Pair<String, Parameter> entry : trial.block().getParameters()) {
        Parameter parameter = entry.getValue();
        if (isTrained(parameter)) {
          checkParameter(trial, entry.getKey(), parameter, failures);
        }
      }
    }
    if (!failures.isEmpty()) {
      throw new AssertionError(String.join(System.lineSeparator(), failures));
    }
  }

  private static boolean isTrained(Parameter parameter) {
    return parameter.requiresGradient()
        && parameter.getType() != Parameter.Type.RUNNING_MEAN
        && parameter.getType() != Parameter.Type.RUNNING_VAR;
  }

  private void checkParameter(
      BlockTrial trial, String path, Parameter parameter, List<String> failures) {
    List<Tensor> inputs = BlockTrial.inputs(shapes);
    try {
      Tensor gradient =
          GradientCheck.of(
                  x -> {
                    ParameterStore store = new Substitute(x.getManager(), Map.of(parameter, x));
                    return trainingPass(trial, store, inputs, -1, x);
                  })
              .elements(4)
              .at(trial.owner(), Tensor.of(parameter.getArray()));
      if (gradient.largest() == 0 && !withoutEffect.contains(path)) {
        failures.add("parameter " + path + " gets no gradient: it is not used, or cut off");
      }
    } catch (AssertionError e) {
      failures.add("parameter " + path + ": " + e.getMessage());
    }
  }

  private void checkInput(BlockTrial trial, int index, List<String> failures) {
    List<Tensor> inputs = BlockTrial.inputs(shapes);
    try {
      GradientCheck.of(x -> trainingPass(trial, BlockTrial.store(x.getManager()), inputs, index, x))
          .elements(16)
          .at(trial.owner(), inputs.get(index));
    } catch (AssertionError e) {
      failures.add("input " + index + ": " + e.getMessage());
    }
  }

  /** A training pass in which one of the inputs may be given. */
  private static NDArray trainingPass(
      BlockTrial trial, ParameterStore store, List<Tensor> inputs, int given, NDArray x) {
    NDList arrays = trial.on(x.getManager(), inputs);
    if (given >= 0) {
      arrays.set(given, x);
    }
    return all(trial, store, x.getManager(), arrays);
  }

  /** A collection between forward and backward pass must not change a gradient. */
  void garbage() {
    try (BlockTrial trial = new BlockTrial(blocks, shapes, DataType.FLOAT32)) {
      Map<String, Tensor> expected = gradients(trial, () -> {});
      Map<String, Tensor> got = gradients(trial, Garbage::collectAndReuse);
      expected.forEach(
          (name, gradient) ->
              Comparison.overall(requireNonNull(got.get(name)), gradient, 1e-5, 1e-12)
                  .check(
                      "gradient of "
                          + name
                          + " after a garbage collection between forward and backward pass",
                      "got",
                      "expected",
                      Garbage.ADVICE));
    }
  }

  /** The gradients of the sum of the squared outputs by all inputs and parameters. */
  private Map<String, Tensor> gradients(BlockTrial trial, Runnable beforeBackward) {
    Map<String, NDArray> leaves = new LinkedHashMap<>();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList arrays = trial.on(manager, BlockTrial.inputs(shapes));
      for (NDArray input : arrays) {
        input.setRequiresGradient(true);
        leaves.put("input " + leaves.size(), input);
      }
      Map<Parameter, NDArray> values = new HashMap<>();
      for (Pair<String, Parameter> entry : trial.block().getParameters()) {
        if (isTrained(entry.getValue())) {
          NDArray leaf = Tensor.of(entry.getValue().getArray()).on(manager, DataType.FLOAT32);
          leaf.setRequiresGradient(true);
          values.put(entry.getValue(), leaf);
          leaves.put("parameter " + entry.getKey(), leaf);
        }
      }
      ParameterStore store = new Substitute(manager, values);
      Evaluation.pass(manager, () -> all(trial, store, manager, arrays).square(), beforeBackward);
      Map<String, Tensor> gradients = new LinkedHashMap<>();
      leaves.forEach((name, leaf) -> gradients.put(name, Tensor.of(leaf.getGradient())));
      return gradients;
    }
  }

  /** All outputs of a training pass, one after the other. */
  private static NDArray all(
      BlockTrial trial, ParameterStore store, NDManager manager, NDList inputs) {
    manager.getEngine().setRandomSeed(1);
    NDList outputs = trial.block().forward(store, inputs, true);
    NDArray all = outputs.head().flatten();
    for (NDArray output : outputs.subNDList(1)) {
      all = all.concat(output.flatten());
    }
    return all;
  }

  /** Gives other arrays in place of some parameters. */
  private static final class Substitute extends ParameterStore {

    private final Map<Parameter, NDArray> values;

    Substitute(NDManager manager, Map<Parameter, NDArray> values) {
      super(manager, false);
      this.values = values;
    }

    @Override
    public NDArray getValue(Parameter wanted, Device device, boolean training) {
      NDArray value = values.get(wanted);
      return value != null ? value : super.getValue(wanted, device, training);
    }
  }
}
