package dev.fovea.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.nio.charset.StandardCharsets;

/** Values that are a pure function of a name, the same in Java and in the reference's script. */
final class HashFill {

  private HashFill() {}

  /** Numbers in [-1, 1): FNV-1a of the name, then SplitMix64. */
  static float[] uniform(String name, int count, double scale, double offset) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      long z = hash + (i + 1) * 0x9E3779B97F4A7C15L;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      z ^= z >>> 31;
      values[i] = (float) (((double) (z >>> 40) / (1 << 24) * 2 - 1) * scale + offset);
    }
    return values;
  }

  static NDArray pixels(NDManager manager, String name, Shape shape) {
    return manager.create(uniform(name, (int) shape.size(), 1, 0), shape);
  }

  /** Matrices are scaled by sqrt(3 / fan in); scales are near 1, other vectors near 0. */
  static void fill(String path, Parameter parameter) {
    NDArray array = parameter.getArray();
    Shape shape = array.getShape();
    float[] values;
    if (shape.dimension() > 1) {
      double fanIn = (double) shape.size() / (double) shape.get(0);
      values = uniform(path, (int) shape.size(), Math.sqrt(3 / fanIn), 0);
    } else {
      boolean scale = path.endsWith("gamma") || path.endsWith("runningVar");
      values = uniform(path, (int) shape.size(), 0.1, scale ? 1 : 0);
    }
    try (NDArray source = array.getManager().create(values, shape);
        NDArray target = array.stopGradient()) {
      target.muli(0).addi(source); // copyTo would give the handle new memory
    }
  }
}
