package dev.fovea.golden;

import java.nio.charset.StandardCharsets;

/**
 * Tensors that are a pure function of their name, so that a network of any size is tested without a
 * weight file: FNV-1a of the name seeds the splitmix64 generator.
 */
final class HashValues {

  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private HashValues() {}

  /** The numbers of a name, each in [-1, 1). */
  static float[] uniform(String name, int count) {
    long seed = fnv1a64(name);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) at(seed, i);
    }
    return values;
  }

  /**
   * The value of a state-dict entry: scaled by fan-in, around 1 for a scale, small for the rest.
   */
  static float[] weights(String name, long[] shape) {
    int count = 1;
    for (long size : shape) {
      count = Math.toIntExact(Math.multiplyExact((long) count, size));
    }
    long seed = fnv1a64(name);
    float[] values = new float[count];
    if (shape.length >= 2) {
      double bound = Math.sqrt(3.0 / ((double) count / shape[0]));
      for (int i = 0; i < count; i++) {
        values[i] = (float) (at(seed, i) * bound);
      }
      return values;
    }
    double centre = isScale(name) ? 1 : 0;
    for (int i = 0; i < count; i++) {
      values[i] = (float) (centre + 0.1 * at(seed, i));
    }
    return values;
  }

  private static boolean isScale(String name) {
    return name.endsWith("weight")
        || name.endsWith("gamma")
        || name.endsWith("running_var")
        || name.endsWith("layer_scale_parameter");
  }

  private static long fnv1a64(String name) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001B3L;
    }
    return hash;
  }

  private static double at(long seed, int index) {
    long z = seed + (index + 1) * GOLDEN_GAMMA;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return (z >>> 40) / (double) (1 << 24) * 2 - 1;
  }
}
