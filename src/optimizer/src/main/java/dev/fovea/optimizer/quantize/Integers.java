package dev.fovea.optimizer.quantize;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A weight as int8, symmetric, with one scale per channel of the result.
 *
 * @param numbers the integers
 * @param scales what one step is worth, per channel
 */
record Integers(Tensor numbers, Tensor scales) {

  private static final float LEAST_SHARE = 0.01f; // of the largest weight of all channels
  private static final float LEAST = 8e-5f;
  private static final double LARGEST_BIAS = 1 << 30; // leaves the sums as much again

  /**
   * Rounds a weight.
   *
   * @param axis the axis of the channels
   * @param steps the largest integer
   */
  static Integers of(Tensor weight, int axis, int steps) {
    float[] data = floats(weight);
    List<Long> dims = weight.type().dims();
    int channels = Math.toIntExact(dims.get(axis));
    int inner = inner(dims, axis);
    float[] scales = scales(data, channels, inner, steps);
    byte[] numbers = new byte[data.length];
    for (int i = 0; i < data.length; ) {
      for (int c = 0; c < channels; c++) {
        float scale = scales[c];
        for (int end = i + inner; i < end; i++) {
          numbers[i] = (byte) Math.max(-steps, Math.min(steps, Math.rint(data[i] / scale)));
        }
      }
    }
    ByteBuffer bytes = ByteBuffer.allocateDirect(data.length).put(numbers).flip();
    Tensor stored = new Tensor(new Type(DataType.INT8, dims), bytes);
    return new Integers(stored, vector(List.of((long) channels), scales));
  }

  private static float[] scales(float[] data, int channels, int inner, int steps) {
    float[] largest = new float[channels];
    float overall = 0;
    for (int i = 0; i < data.length; ) {
      for (int c = 0; c < channels; c++) {
        for (int end = i + inner; i < end; i++) {
          largest[c] = Math.max(largest[c], Math.abs(data[i]));
        }
        overall = Math.max(overall, largest[c]);
      }
    }
    float[] scales = new float[channels];
    for (int c = 0; c < channels; c++) {
      scales[c] = Math.max(Math.max(largest[c], LEAST_SHARE * overall), LEAST) / steps;
    }
    return scales;
  }

  private static int inner(List<Long> dims, int axis) {
    int inner = 1;
    for (long dim : dims.subList(axis + 1, dims.size())) {
      inner *= Math.toIntExact(dim);
    }
    return inner;
  }

  /** The float weight minus what the integers stand for. */
  float[] error(Tensor weight, int axis) {
    float[] error = floats(weight);
    float[] steps = floats(scales);
    int inner = inner(weight.type().dims(), axis);
    byte[] integers = new byte[error.length];
    numbers.bytes().get(integers);
    for (int i = 0; i < error.length; ) {
      for (float step : steps) {
        for (int end = i + inner; i < end; i++) {
          error[i] -= integers[i] * step;
        }
      }
    }
    return error;
  }

  static float[] floats(Tensor tensor) {
    float[] data = new float[tensor.bytes().remaining() / Float.BYTES];
    tensor.bytes().asFloatBuffer().get(data);
    return data;
  }

  static Tensor vector(List<Long> dims, float[] data) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(data.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(data);
    return new Tensor(new Type(DataType.FLOAT32, dims), bytes);
  }

  /**
   * A bias as int32 in steps of activation times weight, which run-times add to their sums.
   *
   * @param steps what one step is worth, per channel
   * @return the integers; null if one is too large, which very small steps bring about
   */
  static @Nullable Tensor bias(float[] bias, float[] steps) {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(bias.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int c = 0; c < bias.length; c++) {
      double number = Math.rint(bias[c] / (double) steps[c]);
      if (!(Math.abs(number) < LARGEST_BIAS)) {
        return null;
      }
      bytes.putInt((int) number);
    }
    return new Tensor(Type.of(DataType.INT32, bias.length), bytes.flip());
  }

  static Tensor bytes(DataType type, List<Long> dims, int each) {
    int count = (int) dims.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    ByteBuffer bytes = ByteBuffer.allocateDirect(count * type.getNumOfBytes());
    while (bytes.hasRemaining()) {
      bytes.put((byte) each);
    }
    return new Tensor(new Type(type, dims), bytes.flip());
  }
}
