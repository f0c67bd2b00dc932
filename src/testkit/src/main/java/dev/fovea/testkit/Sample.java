package dev.fovea.testkit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Predictions and labels that belong together.
 *
 * @param labelType the type of the labels; null for that of the predictions
 */
record Sample(Tensor predictions, Tensor labels, @Nullable DataType labelType) {

  int batch() {
    return Math.toIntExact(predictions.shape().get(0));
  }

  NDArray labels(NDManager manager, DataType type) {
    return labels.on(manager, labelType == null ? type : labelType);
  }

  Sample with(DataType type) {
    return new Sample(predictions, labels, type);
  }

  Sample withPredictions(Tensor other) {
    return new Sample(other, labels, labelType);
  }

  Sample withLabels(Tensor other) {
    return new Sample(predictions, other, labelType);
  }

  Sample map(UnaryOperator<Tensor> change) {
    return new Sample(change.apply(predictions), change.apply(labels), labelType);
  }

  Sample rows(int from, int to) {
    return map(tensor -> tensor.rows(IntStream.range(from, to).toArray()));
  }

  /**
   * The label of an element of the predictions, or of the single losses: both are (N, ..., D) where
   * labels are (N, D) without the axis of classes.
   */
  double labelOf(Tensor tensor, int flat) {
    if (tensor.size() == labels.size()) {
      return labels.at(flat);
    }
    int perRow = tensor.size() / batch();
    int labelsPerRow = labels.size() / batch();
    return labels.at(flat / perRow * labelsPerRow + flat % labelsPerRow);
  }

  @Override
  public String toString() {
    return "predictions " + predictions.shape() + " and labels " + labels.shape();
  }
}
