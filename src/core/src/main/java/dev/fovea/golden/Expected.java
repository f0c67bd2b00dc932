package dev.fovea.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.fovea.weights.SafeTensors;
import dev.fovea.weights.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The values that a case must reproduce, and the largest deviation found so far.
 *
 * <p>A tensor {@code x} is stored whole, or as {@code x.index} (flat positions), {@code x.value}
 * (the values there) and {@code x.stats} (mean, population standard deviation, minimum, maximum).
 */
final class Expected implements AutoCloseable {

  private final SafeTensors file;
  private final NDManager manager;
  private final double relative;
  private final double absolute;
  private final Set<String> unseen = new TreeSet<>();
  private double maxError;

  private Expected(Path path, NDManager parent, double relative, double absolute)
      throws IOException {
    this.file = SafeTensors.open(path);
    this.manager = parent.newSubManager();
    this.relative = relative;
    this.absolute = absolute;
    for (String key : file.tensors().keySet()) {
      unseen.add(key.replaceFirst("\\.(index|value|stats)$", ""));
    }
  }

  /** Forward values: 1e-4 of the largest, plus 1e-5. */
  static Expected values(Path path, NDManager parent) throws IOException {
    return new Expected(path, parent, 1e-4, 1e-5);
  }

  /** Gradients: 1e-3 of the largest. The absolute part only keeps zeros comparable. */
  static Expected gradients(Path path, NDManager parent) throws IOException {
    return new Expected(path, parent, 1e-3, 1e-7);
  }

  /** What a network gives after steps of training: 1e-3 of the largest. */
  static Expected trained(Path path, NDManager parent) throws IOException {
    return new Expected(path, parent, 1e-3, 0);
  }

  /** Integers. */
  static Expected exact(Path path, NDManager parent) throws IOException {
    return new Expected(path, parent, 0, 0);
  }

  /** What both sides compute in double precision: 1e-9 of the largest. */
  static Expected doubles(Path path, NDManager parent) throws IOException {
    return new Expected(path, parent, 1e-9, 0);
  }

  /** Names of what is left to compare; a copy. */
  Set<String> names() {
    return new TreeSet<>(unseen);
  }

  /** Shape of a tensor that is stored whole. */
  Shape shape(String name) throws Mismatch {
    TensorInfo info = file.tensors().get(name);
    if (info == null) {
      throw new Mismatch(name + " is not stored whole in " + file.source());
    }
    return info.shape();
  }

  boolean has(String name) {
    return unseen.contains(name);
  }

  /** Largest deviation so far, relative to the largest expected value of its tensor. */
  double maxError() {
    return maxError;
  }

  /**
   * Compares one tensor.
   *
   * @throws Mismatch if a value is out of tolerance, the number of elements differs, or nothing of
   *     that name is expected
   */
  void check(String name, NDArray got) throws IOException, Mismatch {
    check(name, doubles(got));
  }

  void check(String name, double[] got) throws IOException, Mismatch {
    if (!unseen.remove(name)) {
      throw new Mismatch(name + " is not expected, or was compared before");
    }
    if (file.tensors().containsKey(name)) {
      compare(name, read(name), got, null);
      return;
    }
    compare(name, read(name + ".value"), got, read(name + ".index"));
    double scale = largest(read(name + ".value"));
    compareWithin(name + ".stats", read(name + ".stats"), stats(got), null, scale);
  }

  /** Leaves a tensor out. */
  void ignore(String name) {
    unseen.remove(name);
  }

  /** Refuses to end while an expected tensor was not compared. */
  void checkComplete() throws Mismatch {
    if (!unseen.isEmpty()) {
      throw new Mismatch("not computed: " + String.join(", ", unseen));
    }
  }

  private void compare(String name, double[] expected, double[] got, double @Nullable [] index)
      throws Mismatch {
    compareWithin(name, expected, got, index, largest(expected));
  }

  private void compareWithin(
      String name, double[] expected, double[] got, double @Nullable [] index, double scale)
      throws Mismatch {
    if (index == null && got.length != expected.length) {
      throw new Mismatch(name + " has " + got.length + " elements, expected " + expected.length);
    }
    for (int i = 0; i < expected.length; i++) {
      int at = index == null ? i : (int) index[i];
      if (at >= got.length) {
        throw new Mismatch(name + " has " + got.length + " elements, expected more than " + at);
      }
      double error = Math.abs(got[at] - expected[i]);
      if (!(error <= relative * scale + absolute)) { // also catches NaN
        throw new Mismatch(
            String.format(
                "%s[%d] is %.9g, expected %.9g (largest %.4g)",
                name, at, got[at], expected[i], scale));
      }
      double size = relative == 0 ? scale : scale + absolute / relative; // as in the tolerance
      maxError = Math.max(maxError, size == 0 ? error : error / size);
    }
  }

  private double[] read(String name) throws IOException {
    try (NDArray array = file.read(manager, name)) {
      return doubles(array);
    }
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static double[] stats(double[] values) {
    double sum = 0;
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      sum += value;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    double mean = sum / values.length;
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return new double[] {mean, Math.sqrt(squares / values.length), min, max};
  }

  static double[] doubles(NDArray array) {
    try (NDArray converted = array.toType(DataType.FLOAT64, true)) {
      return converted.toDoubleArray();
    }
  }

  @Override
  public void close() throws IOException {
    manager.close();
    file.close();
  }

  /** A value that is not as expected; the message is one line. */
  static final class Mismatch extends Exception {
    private static final long serialVersionUID = 1L;

    Mismatch(String message) {
      super(message);
    }
  }
}
