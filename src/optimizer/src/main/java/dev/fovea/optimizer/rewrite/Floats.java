package dev.fovea.optimizer.rewrite;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A float32 constant whose elements are being computed with. Products are taken in double and
 * rounded once.
 */
final class Floats {

  private final List<Long> dims;
  private final float[] data;

  Floats(List<Long> dims, float[] data) {
    this.dims = dims;
    this.data = data;
  }

  List<Long> dims() {
    return dims;
  }

  float[] data() {
    return data;
  }

  /** Whether there is a constant whose elements are float32. */
  static boolean are(@Nullable Tensor tensor) {
    return tensor != null && tensor.type().dataType() == DataType.FLOAT32;
  }

  /** The value of a constant of one element of float32, else NaN; large ones are not read. */
  static double single(@Nullable Tensor tensor) {
    return tensor != null && are(tensor) && tensor.bytes().remaining() == Float.BYTES
        ? tensor.bytes().getFloat(0)
        : Double.NaN;
  }

  /** The elements of a constant, or null if they are not float32. */
  static @Nullable Floats of(@Nullable Tensor tensor) {
    if (tensor == null || !are(tensor)) {
      return null;
    }
    ByteBuffer bytes = tensor.bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN);
    float[] data = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(data);
    return new Floats(tensor.type().dims(), data);
  }

  static Floats vector(double[] values) {
    float[] data = new float[values.length];
    for (int i = 0; i < data.length; i++) {
      data[i] = (float) values[i];
    }
    return new Floats(List.of((long) data.length), data);
  }

  /** Multiplies by one factor per index of an axis. */
  Floats scale(int axis, double[] factors) {
    int inner = 1;
    for (long dim : dims.subList(axis + 1, dims.size())) {
      inner *= Math.toIntExact(dim);
    }
    float[] result = new float[data.length];
    int channel = 0;
    for (int start = 0; start < data.length; start += inner) {
      double factor = factors[channel];
      channel = channel + 1 == factors.length ? 0 : channel + 1; // a division would take longer
      for (int i = start; i < start + inner; i++) {
        result[i] = (float) (data[i] * factor);
      }
    }
    return new Floats(dims, result);
  }

  double[] toDoubles() {
    double[] result = new double[data.length];
    for (int i = 0; i < data.length; i++) {
      result[i] = data[i];
    }
    return result;
  }

  Tensor toTensor() {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.multiplyExact(data.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(data);
    return new Tensor(new Type(DataType.FLOAT32, dims), bytes);
  }
}
