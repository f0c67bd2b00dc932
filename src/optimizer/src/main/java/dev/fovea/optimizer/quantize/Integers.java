package dev.fovea.optimizer.quantize;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A weight as int8, symmetric, with one scale per channel of the result.
 *
 * @param numbers the integers
 * @param scales what one step is worth, per channel
 * @param error the float weight minus what the integers stand for
 */
record Integers(Tensor numbers, Tensor scales, Tensor error) {

  private static final float LEAST_SHARE = 0.01f; // of the largest weight of all channels
  private static final float LEAST = 8e-5f;
  private static final double LARGEST_BIAS = 1 << 30; // leaves the sums as much again

  /** Rounds the weight of a layer. */
  static Integers of(Layer layer, Graph graph, Settings settings) {
    Tensor weight = Objects.requireNonNull(graph.constants().get(layer.weight()));
    return of(weight, layer.weightAxis(), settings.reducedRange() ? 63 : 127);
  }

  /**
   * Rounds a weight.
   *
   * @param axis the axis of the channels
   * @param steps the largest integer: 127, or 63 where a processor adds pairs of products in 16
   *     bits
   */
  static Integers of(Tensor weight, int axis, int steps) {
    float[] data = floats(weight);
    List<Long> dims = weight.type().dims();
    int channels = Math.toIntExact(dims.get(axis));
    int inner = 1;
    for (long dim : dims.subList(axis + 1, dims.size())) {
      inner *= Math.toIntExact(dim);
    }
    float[] largest = new float[channels];
    float overall = 0;
    for (int i = 0; i < data.length; i++) {
      int c = i / inner % channels;
      largest[c] = Math.max(largest[c], Math.abs(data[i]));
      overall = Math.max(overall, Math.abs(data[i]));
    }
    float[] scales = new float[channels];
    for (int c = 0; c < channels; c++) {
      scales[c] = Math.max(Math.max(largest[c], LEAST_SHARE * overall), LEAST) / steps;
    }
    ByteBuffer numbers = ByteBuffer.allocateDirect(data.length);
    float[] error = new float[data.length];
    for (int i = 0; i < data.length; i++) {
      float scale = scales[i / inner % channels];
      int rounded = (int) Math.max(-steps, Math.min(steps, Math.rint(data[i] / scale)));
      numbers.put((byte) rounded);
      error[i] = data[i] - rounded * scale;
    }
    Tensor stored = new Tensor(new Type(DataType.INT8, dims), numbers.flip());
    return new Integers(stored, vector(List.of((long) channels), scales), vector(dims, error));
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
