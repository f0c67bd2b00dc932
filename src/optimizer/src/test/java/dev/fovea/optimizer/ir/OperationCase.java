package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;

/** An operation, its operands and the result by hand. */
record OperationCase(Op op, Array expected, List<Array> operands) {

  /** Elements in row-major order. */
  record Array(DataType type, List<Long> dims, List<Double> elements) {
    NDArray in(NDManager manager) {
      double[] values = elements.stream().mapToDouble(Double::doubleValue).toArray();
      try (NDArray array = manager.create(values, new Shape(dims))) {
        return array.toType(type, true);
      }
    }
  }

  static OperationCase run(Op op, Array expected, Array... operands) {
    return new OperationCase(op, expected, List.of(operands));
  }

  static long[] dims(long... dims) {
    return dims;
  }

  static Array floats(long[] dims, double... elements) {
    return array(DataType.FLOAT32, dims, elements);
  }

  static Array longs(long[] dims, double... elements) {
    return array(DataType.INT64, dims, elements);
  }

  static Array vector(double... elements) {
    return floats(dims(elements.length), elements);
  }

  static Array square(double... elements) {
    return floats(dims(1, 1, 2, 2), elements);
  }

  static Array array(DataType type, long[] dims, double... elements) {
    return new Array(
        type, Arrays.stream(dims).boxed().toList(), Arrays.stream(elements).boxed().toList());
  }

  @Override
  public String toString() {
    return op + " of " + operands.get(0).dims();
  }
}
