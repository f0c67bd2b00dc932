package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * A constant of a graph: weights, or a scalar of the traced code. Held outside of any engine, so
 * that a graph owns no native array.
 *
 * @param type element type and fixed dimensions
 * @param bytes elements in row-major order, little-endian, read-only
 */
public record Tensor(Type type, ByteBuffer bytes) {

  /**
   * Checks that the bytes fill the type.
   *
   * @param type element type and fixed dimensions
   * @param bytes elements in row-major order, little-endian, read-only
   * @throws IllegalArgumentException if the type is dynamic or its size is not that of the bytes
   */
  public Tensor {
    if (!type.isStatic()) {
      throw new IllegalArgumentException("A constant has fixed dimensions, got " + type);
    }
    // The position is the start; slicing fixes it, so that a reader cannot move it for the next.
    bytes = bytes.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long expected = Math.multiplyExact(shape(type).size(), type.dataType().getNumOfBytes());
    if (bytes.remaining() != expected) {
      throw new IllegalArgumentException(
          type + " takes " + expected + " bytes, got " + bytes.remaining());
    }
  }

  /**
   * Returns the elements as a fresh view, at position 0, so that concurrent readers do not move
   * each other's position.
   *
   * @return the elements in row-major order, little-endian, read-only
   */
  @Override
  public ByteBuffer bytes() {
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Makes a scalar.
   *
   * @param dataType FLOAT32, FLOAT64, INT32 or INT64
   * @param value the value, converted to the type
   * @return the scalar, without axes
   * @throws IllegalArgumentException if the type is another one
   */
  public static Tensor scalar(DataType dataType, Number value) {
    ByteBuffer buffer =
        ByteBuffer.allocate(dataType.getNumOfBytes()).order(ByteOrder.LITTLE_ENDIAN);
    switch (dataType) {
      case FLOAT32 -> buffer.putFloat(value.floatValue());
      case FLOAT64 -> buffer.putDouble(value.doubleValue());
      case INT32 -> buffer.putInt(Math.toIntExact(value.longValue()));
      case INT64 -> buffer.putLong(value.longValue());
      default -> throw new IllegalArgumentException("No scalar of type " + dataType);
    }
    return new Tensor(new Type(dataType, List.of()), buffer.flip());
  }

  /**
   * Copies an array out of its engine.
   *
   * @param array any array
   * @return its elements
   */
  public static Tensor of(NDArray array) {
    ByteBuffer copy =
        ByteBuffer.allocateDirect(
            Math.toIntExact(array.size() * array.getDataType().getNumOfBytes()));
    if (copy.hasRemaining()) {
      try (NDManager scope = array.getManager().newSubManager()) {
        // A view of our own, so that a contiguous copy that is made for it goes with the scope.
        NDArray view = array.reshape(array.getShape());
        view.attach(scope);
        copy.put(view.toByteBuffer(true)).flip(); // from where it lies, where the engine can
      }
    }
    Type type =
        new Type(array.getDataType(), Arrays.stream(array.getShape().getShape()).boxed().toList());
    return new Tensor(type, copy);
  }

  /**
   * Copies the elements into an array.
   *
   * @param manager the manager that the array is attached to
   * @return a new array
   */
  public NDArray toArray(NDManager manager) {
    return manager.create(bytes(), shape(type), type.dataType());
  }

  private static Shape shape(Type type) {
    return new Shape(type.dims().stream().mapToLong(Long::longValue).toArray());
  }
}
