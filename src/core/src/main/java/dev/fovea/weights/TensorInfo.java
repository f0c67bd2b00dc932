package dev.fovea.weights;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * What is known of a tensor before it is read.
 *
 * @param dataType the type of the array that {@link Checkpoint#read} gives; {@link
 *     DataType#UNKNOWN} where the stored type cannot be loaded
 * @param shape the shape
 */
public record TensorInfo(DataType dataType, Shape shape) {

  TensorInfo withShape(Shape other) {
    return new TensorInfo(dataType, other);
  }
}
