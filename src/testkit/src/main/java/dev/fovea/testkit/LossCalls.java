package dev.fovea.testkit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.BinaryOperator;

/** What a call of a loss leaves behind, and whether calls know of each other. */
final class LossCalls {

  private final BinaryOperator<NDArray> loss;
  private final LossInputs inputs;

  LossCalls(BinaryOperator<NDArray> loss, LossInputs inputs) {
    this.loss = loss;
    this.inputs = inputs;
  }

  void addTo(Checks checks) {
    checks.add("gives the same again", this::repeatable);
    checks.add("leaves its inputs as they are", this::inputs);
    checks.add("releases what it allocates", this::leaks);
    checks.add("keeps its gradient through a garbage collection", this::garbage);
  }

  private void repeatable() {
    Sample sample = inputs.sample();
    Evaluation first = Evaluation.of(loss, sample, DataType.FLOAT32);
    same(first, Evaluation.of(loss, sample, DataType.FLOAT32), "a second call");
    Evaluation.of(loss, inputs.another(), DataType.FLOAT32);
    same(first, Evaluation.of(loss, sample, DataType.FLOAT32), "a call after one with other input");
  }

  private static void same(Evaluation first, Evaluation again, String when) {
    if (!first.value().sameBits(again.value()) || !first.gradient().sameBits(again.gradient())) {
      throw new AssertionError(
          String.format(
              "%s with the same input gives another result (sum %s, first %s): it keeps state"
                  + " between calls, or draws random numbers",
              when, again.value().sum(), first.value().sum()));
    }
  }

  private void inputs() {
    Sample sample = inputs.sample();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray predictions = sample.predictions().on(manager, DataType.FLOAT32);
      NDArray labels = sample.labels(manager, DataType.FLOAT32);
      loss.apply(predictions, labels).close();
      unchanged("predictions", sample.predictions(), predictions);
      unchanged("labels", sample.labels(), labels);
    }
  }

  private static void unchanged(String what, Tensor before, NDArray after) {
    if (!before.sameBits(Tensor.of(after))) {
      throw new AssertionError("the loss overwrites its " + what);
    }
  }

  /** Of the second call: constants that the first one makes and keeps are no leak. */
  private void leaks() {
    Sample sample = inputs.sample();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray predictions = sample.predictions().on(manager, DataType.FLOAT32);
      NDArray labels = sample.labels(manager, DataType.FLOAT32);
      loss.apply(predictions, labels).close();
      Set<NDArray> before = Collections.newSetFromMap(new IdentityHashMap<>());
      before.addAll(manager.getManagedArrays());
      NDArray result = loss.apply(predictions, labels);
      List<Shape> left =
          manager.getManagedArrays().stream()
              .filter(array -> array != result && !before.contains(array))
              .map(NDArray::getShape)
              .toList();
      if (!left.isEmpty()) {
        throw new AssertionError(
            String.format(
                "a call leaves %d arrays besides its result on the manager of its inputs: %s",
                left.size(), left));
      }
    }
  }

  private void garbage() {
    Sample sample = inputs.sample();
    Evaluation expected = Evaluation.of(loss, sample, DataType.FLOAT32);
    Evaluation got = Evaluation.of(loss, sample, DataType.FLOAT32, Garbage::collectAndReuse);
    Comparison.overall(got.gradient(), expected.gradient(), 1e-5, 0)
        .check(
            "gradient after a garbage collection between forward and backward pass",
            "got",
            "expected",
            Garbage.ADVICE);
  }
}
