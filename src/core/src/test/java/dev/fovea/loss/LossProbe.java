package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** The loss of given logits and the gradient of its sum, as doubles. */
final class LossProbe {

  private final double[] loss;
  private final double[] gradient;

  private LossProbe(double[] loss, double[] gradient) {
    this.loss = loss;
    this.gradient = gradient;
  }

  double[] loss() {
    return loss;
  }

  double[] gradient() {
    return gradient;
  }

  static LossProbe of(Loss loss, NDArray logits, NDArray labels) {
    return of(loss, logits, new NDList(labels), () -> {});
  }

  static LossProbe of(Loss loss, NDArray logits, NDList labels) {
    return of(loss, logits, labels, () -> {});
  }

  static LossProbe of(Loss loss, NDArray logits, NDList labels, Runnable beforeBackward) {
    try (NDManager scope = logits.getManager().newSubManager()) {
      NDArray leaf = logits.stopGradient().duplicate();
      leaf.attach(scope);
      leaf.setRequiresGradient(true);
      try (GradientCollector collector = scope.getEngine().newGradientCollector()) {
        NDArray value = loss.evaluate(labels, new NDList(leaf));
        beforeBackward.run();
        collector.backward(value.sum());
        return new LossProbe(doubles(value), doubles(leaf.getGradient()));
      }
    }
  }

  static double[] doubles(NDArray array) {
    return array.toType(DataType.FLOAT64, false).toDoubleArray();
  }

  /** The arrays of a golden file, by name. */
  static NDList golden(NDManager manager, String name, String file) {
    String resource = "/golden/" + name + "/" + file + ".safetensors";
    try (InputStream in = LossProbe.class.getResourceAsStream(resource)) {
      return NDList.decode(manager, in);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + Path.of(resource), e);
    }
  }
}
