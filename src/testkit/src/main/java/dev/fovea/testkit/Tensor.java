package dev.fovea.testkit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** An array in Java's memory, where a test can look at it, change it and keep it. */
final class Tensor {

  private final Shape shape;
  private final double[] values;

  Tensor(Shape shape, double[] values) {
    this.shape = shape;
    this.values = values;
  }

  static Tensor of(NDArray array) {
    try (NDManager scope = array.getManager().newSubManager()) {
      NDArray copy = array.stopGradient();
      copy.attach(scope);
      NDArray wide = copy.toType(DataType.FLOAT64, false);
      return new Tensor(array.getShape(), wide.toDoubleArray());
    }
  }

  /** Uniform random numbers that float32 holds exactly. */
  static Tensor random(Shape shape, Random random, double from, double to) {
    double[] values = new double[Math.toIntExact(shape.size())];
    Arrays.setAll(values, i -> (float) (from + (to - from) * random.nextDouble()));
    return new Tensor(shape, values);
  }

  Shape shape() {
    return shape;
  }

  int size() {
    return values.length;
  }

  double at(int flat) {
    return values[flat];
  }

  double sum() {
    return Arrays.stream(values).sum();
  }

  double largest() {
    return Arrays.stream(values).map(Math::abs).max().orElse(0);
  }

  double largestFinite() {
    return Arrays.stream(values).map(Math::abs).filter(Double::isFinite).max().orElse(0);
  }

  double dot(Tensor other) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i] * other.values[i]).sum();
  }

  boolean sameBits(Tensor other) {
    return shape.equals(other.shape) && Arrays.equals(values, other.values);
  }

  /** The index of an element, as {@code [0, 2, 1]}. */
  String index(int flat) {
    long[] index = new long[shape.dimension()];
    long rest = flat;
    for (int axis = index.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape.get(axis);
      rest /= shape.get(axis);
    }
    return Arrays.toString(index);
  }

  /** Puts a copy onto a manager; the array owns its memory, so autograd may keep it. */
  NDArray on(NDManager manager, DataType type) {
    if (values.length == 0) {
      return manager.zeros(shape, type);
    }
    try (NDArray lent = manager.create(values, shape)) {
      return type == DataType.FLOAT64 ? lent.duplicate() : lent.toType(type, true);
    }
  }

  static Tensor scalar(double value) {
    return new Tensor(new Shape(), new double[] {value});
  }

  Tensor map(DoubleUnaryOperator change) {
    return new Tensor(shape, Arrays.stream(values).map(change).toArray());
  }

  /** Another value for every element, by its flat index. */
  Tensor mapIndex(IntToDoubleFunction value) {
    return new Tensor(shape, IntStream.range(0, values.length).mapToDouble(value).toArray());
  }

  Tensor with(int flat, double value) {
    double[] changed = values.clone();
    changed[flat] = value;
    return new Tensor(shape, changed);
  }

  Tensor plus(Tensor other, double factor) {
    return mapIndex(i -> values[i] + factor * other.values[i]);
  }

  /** Rows of the batch, in the given order. */
  Tensor rows(int... rows) {
    int size = size(1);
    double[] chosen = new double[rows.length * size];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(values, rows[i] * size, chosen, i * size, size);
    }
    return new Tensor(new Shape(rows.length).addAll(shape.slice(1)), chosen);
  }

  /** The rows of this, then those of another. */
  Tensor then(Tensor other) {
    double[] both = Arrays.copyOf(values, values.length + other.values.length);
    System.arraycopy(other.values, 0, both, values.length, other.values.length);
    return new Tensor(new Shape(shape.get(0) + other.shape.get(0)).addAll(shape.slice(1)), both);
  }

  Tensor as(Shape other) {
    return new Tensor(other, values);
  }

  /** Twice the same along an axis, one after the other. */
  Tensor repeated(int axis) {
    int run = size(axis);
    double[] twice = new double[2 * values.length];
    for (int from = 0; from < values.length; from += run) {
      System.arraycopy(values, from, twice, 2 * from, run);
      System.arraycopy(values, from, twice, 2 * from + run, run);
    }
    long[] doubled = shape.getShape().clone();
    doubled[axis] *= 2;
    return new Tensor(new Shape(doubled), twice);
  }

  /** The number of elements in one step of the axis before the given one. */
  private int size(int axis) {
    return Math.toIntExact(shape.slice(axis).size());
  }
}
