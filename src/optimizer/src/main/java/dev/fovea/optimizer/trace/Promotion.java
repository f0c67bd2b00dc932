package dev.fovea.optimizer.trace;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.ElementOp;
import java.util.List;
import java.util.stream.Stream;

/**
 * Brings the operands of a function to one element type, as <a
 * href="https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc">PyTorch</a>
 * does: to the higher one, but a scalar counts only if it is of a higher category (truth values,
 * integers, real numbers).
 */
final class Promotion {
  private static final List<DataType> ORDER =
      List.of(
          DataType.BOOLEAN,
          DataType.UINT8,
          DataType.INT32,
          DataType.INT64,
          DataType.FLOAT32,
          DataType.FLOAT64);

  private final Recorder recorder;

  Promotion(Recorder recorder) {
    this.recorder = recorder;
  }

  /** Returns both, of one type. */
  List<TracedArray> promoted(TracedArray a, TracedArray b) {
    DataType type = type(a, b);
    return Stream.of(a, b).map(x -> cast(x, type)).toList();
  }

  TracedArray cast(TracedArray x, DataType type) {
    return x.value().type().dataType() == type ? x : recorder.emit(new ElementOp.Cast(type), x);
  }

  private static DataType type(TracedArray a, TracedArray b) {
    DataType m = a.value().type().dataType();
    DataType n = b.value().type().dataType();
    if (m == n) {
      return m;
    }
    int i = ORDER.indexOf(m);
    int j = ORDER.indexOf(n);
    if (i < 0 || j < 0) {
      throw new IllegalArgumentException("element types differ: " + m + " and " + n);
    }
    if ((a.rank() == 0) == (b.rank() == 0) || category(m) == category(n)) {
      boolean second = a.rank() == 0 && b.rank() > 0;
      boolean first = b.rank() == 0 && a.rank() > 0;
      return first ? m : second ? n : ORDER.get(Math.max(i, j));
    }
    return category(m) > category(n) ? m : n;
  }

  private static int category(DataType type) {
    return type == DataType.BOOLEAN ? 0 : type.isFloating() ? 2 : 1;
  }
}
