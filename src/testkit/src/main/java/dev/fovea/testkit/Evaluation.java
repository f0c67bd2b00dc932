package dev.fovea.testkit;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The value of a function and the gradient of its sum, or of a weighted sum of its elements.
 *
 * @param gradient 0 if there is no way back from the value to the argument
 * @param type the type of the value
 * @param recorded whether there is a way back
 */
record Evaluation(Tensor value, Tensor gradient, DataType type, boolean recorded) {

  static Evaluation of(BinaryOperator<NDArray> loss, Sample sample, DataType type) {
    return of(loss, sample, type, () -> {});
  }

  static Evaluation of(
      BinaryOperator<NDArray> loss, Sample sample, DataType type, Runnable beforeBackward) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray labels = sample.labels(manager, type);
      return of(
          x -> loss.apply(x, labels), sample.predictions().on(manager, type), null, beforeBackward);
    } catch (EngineException | UnsupportedOperationException | IllegalStateException e) {
      throw new AssertionError(
          String.format(
              "failed for %s %s, labels %s: %s",
              sample, type, sample.labelType() == null ? type : sample.labelType(), e.getMessage()),
          e);
    }
  }

  /**
   * Evaluates a function once, alone: an engine records for one collector only.
   *
   * @param x the argument, an array that owns its memory; becomes a leaf
   * @param weights of the elements of the value; null: each 1
   */
  static synchronized Evaluation of(
      UnaryOperator<NDArray> function,
      NDArray x,
      @Nullable Tensor weights,
      Runnable beforeBackward) {
    x.setRequiresGradient(true);
    try (GradientCollector collector = x.getManager().getEngine().newGradientCollector()) {
      NDArray value = function.apply(x);
      beforeBackward.run();
      NDArray weighted =
          weights == null ? value : value.mul(weights.on(x.getManager(), value.getDataType()));
      boolean recorded = backward(collector, weighted.sum());
      Tensor result = Tensor.of(value);
      Tensor gradient = recorded ? Tensor.of(x.getGradient()) : Tensor.of(x).map(any -> 0);
      return new Evaluation(result, gradient, value.getDataType(), recorded);
    }
  }

  private static boolean backward(GradientCollector collector, NDArray sum) {
    try {
      collector.backward(sum);
      return true;
    } catch (EngineException e) {
      if (sum.hasGradient()) {
        throw e; // there is a way back, and an error on it
      }
      return false;
    }
  }

  /** Runs a pass forward and backward, alone; leaves of the caller get their gradients. */
  static synchronized void pass(
      NDManager manager, Supplier<NDArray> result, Runnable beforeBackward) {
    try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
      NDArray sum = result.get().sum();
      beforeBackward.run();
      backward(collector, sum);
    }
  }

  /** Whether autograd knows where an array came from: a backward pass from it fails otherwise. */
  static synchronized boolean isRecorded(NDArray array) {
    try (GradientCollector collector = array.getManager().getEngine().newGradientCollector()) {
      return backward(collector, array.sum());
    }
  }

  boolean isFinite() {
    return Double.isFinite(value.sum()) && Double.isFinite(gradient.sum());
  }
}
