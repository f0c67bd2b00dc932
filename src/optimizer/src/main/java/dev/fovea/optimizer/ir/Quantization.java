package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;

/** How numbers become 8-bit integers and back: the arithmetic and the types of its operands. */
final class Quantization {
  private Quantization() {}

  static NDArray quantize(
      ElementOp.QuantizeLinear op, NDArray x, NDArray scale, NDArray zeroPoint) {
    boolean signed = op.to() == DataType.INT8;
    try (NDArray s = along(op.axis(), x, scale);
        NDArray raw = zeroPoint.toType(DataType.FLOAT32, true);
        NDArray z = along(op.axis(), x, raw);
        NDArray divided = x.div(s);
        NDArray rounded = divided.round(); // halves to the even number, as ONNX says
        NDArray shifted = rounded.add(z);
        NDArray low = shifted.maximum(signed ? -128f : 0f);
        NDArray clamped = low.minimum(signed ? 127f : 255f)) {
      return clamped.toType(op.to(), true);
    }
  }

  static NDArray dequantize(
      ElementOp.DequantizeLinear op, NDArray x, NDArray scale, NDArray zeroPoint) {
    try (NDArray s = along(op.axis(), x, scale);
        NDArray raw = zeroPoint.toType(DataType.FLOAT32, true);
        NDArray z = along(op.axis(), x, raw);
        NDArray numbers = x.toType(DataType.FLOAT32, true);
        NDArray centred = numbers.sub(z)) {
      return centred.mul(s);
    }
  }

  /** A view that broadcasts against x. */
  private static NDArray along(int axis, NDArray x, NDArray numbers) {
    long[] dims = new long[x.getShape().dimension()];
    Arrays.fill(dims, 1);
    if (axis != Op.PER_TENSOR) {
      dims[axis] = numbers.size();
    }
    return numbers.reshape(new Shape(dims));
  }

  /** Refuses operands that do not fit each other. */
  static void check(int axis, DataType integer, List<Type> operands) {
    Type x = operands.get(0);
    Type scale = operands.get(1);
    Type zeroPoint = operands.get(2);
    Sizes.require(
        integer == DataType.UINT8 || integer == DataType.INT8 || integer == DataType.INT32,
        "uint8, int8 or int32 elements are needed");
    Sizes.require(
        scale.dataType() == DataType.FLOAT32 && zeroPoint.dataType() == integer,
        "the scale is float32 and the zero point " + Type.name(integer));
    Sizes.require(axis < x.rank(), "there is no axis " + axis);
    List<Long> dims = axis == Op.PER_TENSOR ? List.of() : List.of(x.dims().get(axis));
    Sizes.require(
        scale.dims().equals(dims) && zeroPoint.dims().equals(dims),
        "scale and zero point must be " + dims);
  }
}
