package dev.fovea.optimizer.onnx;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.fovea.optimizer.ir.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Locale;

/**
 * The bits in which a file holds float32 weights. Whatever is stored, they are float32 again when
 * the model is loaded and computation is in float32.
 */
public enum WeightStorage {
  /** float32, as they are. */
  F32,
  /**
   * float16 (IEEE 754 binary16), half of the bytes: each weight is off by at most 2^-11 of itself,
   * and by at most 2^-25 if it is below 6.1e-5. A tensor with a weight above 65504 stays float32.
   */
  F16,
  /** bfloat16, half of the bytes: each weight is off by at most 2^-8 of itself. */
  BF16;

  /** Below this, narrowing saves less than the node costs that widens again. */
  private static final int LEAST_ELEMENTS = 256;

  private static final float LARGEST_HALF = 65504;

  String suffix() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The ONNX element type that a constant is stored in. */
  int elementType(Tensor tensor) {
    boolean narrows =
        this != F32
            && tensor.type().dataType() == DataType.FLOAT32
            && tensor.bytes().remaining() >= LEAST_ELEMENTS * Float.BYTES
            && (this == BF16 || isHalf(tensor.bytes().asFloatBuffer()));
    if (!narrows) {
      return GraphEmitter.elementType(tensor.type().dataType());
    }
    return this == F16 ? TensorProto.DataType.FLOAT16_VALUE : TensorProto.DataType.BFLOAT16_VALUE;
  }

  private static boolean isHalf(FloatBuffer weights) {
    while (weights.hasRemaining()) {
      if (!(Math.abs(weights.get()) <= LARGEST_HALF)) {
        return false;
      }
    }
    return true;
  }

  /** The elements in fewer bits, rounded to the nearest, halves to the even one. */
  ByteBuffer narrowed(Tensor tensor) {
    FloatBuffer weights = tensor.bytes().asFloatBuffer();
    ByteBuffer bytes =
        ByteBuffer.allocate(weights.remaining() * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (weights.hasRemaining()) {
      bytes.putShort(this == F16 ? half(weights.get()) : bfloat(weights.get()));
    }
    return bytes.flip();
  }

  static short bfloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40); // stays a NaN when its low bits go
    }
    return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
  }

  static short half(float value) {
    int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
    float magnitude = Math.abs(value);
    if (magnitude < 0x1p-14f) { // subnormal: multiples of 2^-24
      return (short) (sign | (int) Math.rint(magnitude * 0x1p24));
    }
    int bits = Float.floatToRawIntBits(magnitude);
    int rounded = (bits + 0xFFF + ((bits >>> 13) & 1)) >>> 13;
    return (short) (sign | (rounded - ((127 - 15) << 10)));
  }
}
