package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.initializer.Initializer;

/**
 * U(-b, b), b = sqrt(6 / (in + out)): Glorot and Bengio (2010), eq. 16. The kernels of a
 * convolution (out, ...) are rows of a matrix (out, in), where DJL's Xavier counts the outputs of
 * every position.
 */
final class XavierUniform implements Initializer {

  @Override
  public NDArray initialize(NDManager manager, Shape shape, DataType type) {
    long out = shape.get(0);
    float bound = (float) Math.sqrt(6.0 / (out + shape.size() / out));
    return manager.randomUniform(-bound, bound, shape, type);
  }
}
