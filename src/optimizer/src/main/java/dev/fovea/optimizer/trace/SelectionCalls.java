package dev.fovea.optimizer.trace;

import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.ElementOp.Compare;
import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ReductionOp;
import dev.fovea.optimizer.ir.ShapeOp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How calls are recorded that sort, choose, repeat or pad elements. */
final class SelectionCalls {
  private final Recorder recorder;
  private final TracedArray x;

  SelectionCalls(Recorder recorder, TracedArray x) {
    this.recorder = recorder;
    this.x = x;
  }

  /** Returns the result, one or a list, or null if the call is not known. */
  @Nullable Object result(Call call) {
    return switch (call.name()) {
      case "argMax" -> argExtreme(true, call);
      case "argMin" -> argExtreme(false, call);
      case "argSort" -> call.count() == 2 ? sort(call.intAt(0), !call.flag(1), true) : null;
      case "sort" -> sort(call.count() == 0 ? -1 : call.intAt(0), false, false);
      case "topK" -> call.count() == 4 ? topK(call) : null;
      case "cumSum" -> cumSum(call.count() == 0 ? 0 : x.axis(call.intAt(0)));
      case "gather" -> gather(call);
      case "gatherNd" -> gatherNd(recorder.traced(call.array(0)));
      case "take" -> call.count() == 2 ? take(call) : null;
      case "oneHot" -> oneHot(call);
      case "flip" -> flip(call.ints(0));
      case "diff" -> diff(call.intAt(0), x.axis(call.intAt(1)));
      case "tile" -> tile(times(call));
      case "repeat" -> repeat(times(call));
      case "pad" -> pad(call.shape(0).getShape(), call.number(1));
      default -> null;
    };
  }

  private TracedArray argExtreme(boolean largest, Call call) {
    TracedArray array = call.count() == 0 ? flat() : x;
    int axis = call.count() == 0 ? 0 : x.axis(call.intAt(0));
    return recorder.emit(new ReductionOp.ArgExtreme(axis, largest), array);
  }

  private TracedArray flat() {
    return recorder.emit(new ShapeOp.Reshape(List.of(Op.INFER)), x);
  }

  private TracedArray sort(int axis, boolean descending, boolean places) {
    Op op = new IndexOp.Sort(x.axis(axis), descending, IndexOp.Sort.ALL, places);
    return recorder.emit(op, x);
  }

  private List<TracedArray> topK(Call call) {
    int axis = x.axis(call.intAt(1));
    return List.of(
        recorder.emit(new IndexOp.Sort(axis, call.flag(2), call.intAt(0), false), x),
        recorder.emit(new IndexOp.Sort(axis, call.flag(2), call.intAt(0), true), x));
  }

  /** The engine adds integers as int64. */
  private TracedArray cumSum(int axis) {
    if (x.rank() == 0) {
      return recorder.emit(new ShapeOp.Unsqueeze(List.of(0)), x);
    }
    return recorder.emit(new ReductionOp.CumSum(axis), wide());
  }

  private TracedArray wide() {
    DataType type = x.value().type().dataType();
    return type.isFloating() ? x : new Promotion(recorder).cast(x, DataType.INT64);
  }

  private TracedArray gather(Call call) {
    Op op = new IndexOp.GatherElements(x.axis(call.intAt(1)));
    return recorder.emit(op, x, indices(recorder.traced(call.array(0))));
  }

  private TracedArray take(Call call) {
    return recorder.emit(new IndexOp.Gather(0), flat(), indices(recorder.traced(call.array(1))));
  }

  private TracedArray indices(TracedArray array) {
    return new Promotion(recorder).cast(array, DataType.INT64);
  }

  /** The engine's form: the coordinates stand along the first axis of the indices. */
  private TracedArray gatherNd(TracedArray indices) {
    int depth = Math.toIntExact(indices.size(0));
    TracedArray places = indices(indices);
    TracedArray place = coordinate(places, depth - 1);
    long step = 1;
    for (int i = depth - 2; i >= 0; i--) {
      step *= x.size(i + 1);
      TracedArray factor = recorder.scalar(DataType.INT64, step);
      TracedArray far =
          recorder.emit(
              new ElementOp.Binary(ElementOp.Binary.Kind.MUL), coordinate(places, i), factor);
      place = recorder.emit(new ElementOp.Binary(ElementOp.Binary.Kind.ADD), place, far);
    }
    List<Long> sizes = new ArrayList<>(List.of(Op.INFER));
    sizes.addAll(x.value().type().dims().subList(depth, x.rank()));
    TracedArray rows = depth == 1 ? x : recorder.emit(new ShapeOp.Reshape(sizes), x);
    return recorder.emit(new IndexOp.Gather(0), rows, place);
  }

  private TracedArray coordinate(TracedArray places, int i) {
    TracedArray row = recorder.emit(slice(0, i, i + 1), places);
    return recorder.emit(new ShapeOp.Squeeze(List.of(0)), row);
  }

  private @Nullable TracedArray oneHot(Call call) {
    if (call.count() > 2) {
      return null;
    }
    DataType type = call.count() == 2 ? (DataType) call.get(1) : DataType.FLOAT32;
    TracedArray places =
        recorder.taken(recorder.real().arange(0, call.intAt(0), 1, DataType.INT64));
    TracedArray column = recorder.emit(new ShapeOp.Unsqueeze(List.of(x.rank())), indices(x));
    TracedArray equal = recorder.emit(new Compare(Compare.Kind.EQUAL), column, places);
    return type == DataType.BOOLEAN ? equal : recorder.emit(new ElementOp.Cast(type), equal);
  }

  /** The places from the last to the first are a constant: the size of the axis has to be fixed. */
  private TracedArray flip(int[] axes) {
    TracedArray y = x;
    for (int given : axes) {
      int axis = x.axis(given);
      long[] places = new long[Math.toIntExact(x.size(axis))];
      Arrays.setAll(places, i -> places.length - 1L - i);
      y =
          recorder.emit(
              new IndexOp.Gather(axis), y, recorder.taken(recorder.real().create(places)));
    }
    return y;
  }

  private TracedArray diff(int times, int axis) {
    TracedArray y = x;
    for (int i = 0; i < times; i++) {
      TracedArray next = recorder.emit(slice(axis, 1, y.size(axis)), y);
      TracedArray previous = recorder.emit(slice(axis, 0, y.size(axis) - 1), y);
      y = recorder.emit(new ElementOp.Binary(ElementOp.Binary.Kind.SUB), next, previous);
    }
    return y;
  }

  private static Op slice(int axis, long start, long end) {
    return new IndexOp.Slice(List.of(axis), List.of(start), List.of(end), List.of(1L));
  }

  /** How often along each axis, or null for an overload that is not known. */
  private long @Nullable [] times(Call call) {
    long[] times = new long[x.rank()];
    Arrays.fill(times, 1);
    if (call.takes(long[].class) && call.longs(0).length == x.rank()) {
      return call.longs(0).clone();
    }
    if (call.takes(int.class, long.class)) {
      times[x.axis(call.intAt(0))] = call.number(1).longValue();
      return times;
    }
    return null;
  }

  /** Copies along an axis of size 1 are a broadcast, others follow each other. */
  private @Nullable TracedArray tile(long @Nullable [] times) {
    if (times == null) {
      return null;
    }
    TracedArray y = x;
    for (int axis = 0; axis < times.length; axis++) {
      if (times[axis] != 1 && y.size(axis) != 1) {
        int copies = Math.toIntExact(times[axis]);
        y = recorder.emit(new IndexOp.Concat(axis), Collections.nCopies(copies, y));
      } else if (times[axis] != 1) {
        y = recorder.emit(new ShapeOp.Expand(sizes(y, axis, times[axis])), y);
      }
    }
    return y == x ? x.copy() : y;
  }

  /** Each element several times in a row: along a new axis, which then joins the one before. */
  private @Nullable TracedArray repeat(long @Nullable [] times) {
    if (times == null) {
      return null;
    }
    TracedArray y = x;
    for (int axis = 0; axis < times.length; axis++) {
      if (times[axis] != 1 && y.size(axis) != 1) {
        List<Long> joined = new ArrayList<>(y.value().type().dims());
        joined.set(axis, joined.get(axis) * times[axis]);
        TracedArray split = recorder.emit(new ShapeOp.Unsqueeze(List.of(axis + 1)), y);
        List<Long> copies = sizes(split, axis + 1, times[axis]);
        TracedArray wide = recorder.emit(new ShapeOp.Expand(copies), split);
        y = recorder.emit(new ShapeOp.Reshape(joined), wide);
      } else if (times[axis] != 1) {
        y = recorder.emit(new ShapeOp.Expand(sizes(y, axis, times[axis])), y);
      }
    }
    return y == x ? x.copy() : y;
  }

  /** 1 for each axis, but for one. */
  private static List<Long> sizes(TracedArray array, int axis, long size) {
    List<Long> sizes = new ArrayList<>(Collections.nCopies(array.rank(), 1L));
    sizes.set(axis, size);
    return sizes;
  }

  /** DJL lists the last axis first. */
  private TracedArray pad(long[] pads, Number value) {
    TracedArray y = x;
    TracedArray element = recorder.scalar(x.value().type().dataType(), value);
    for (int i = 0; i < pads.length / 2; i++) {
      int axis = x.rank() - 1 - i;
      List<TracedArray> parts = new ArrayList<>();
      y = padded(y, axis, pads[2 * i], pads[2 * i + 1], element, parts);
    }
    return y == x ? x.copy() : y;
  }

  private TracedArray padded(
      TracedArray y,
      int axis,
      long before,
      long after,
      TracedArray element,
      List<TracedArray> parts) {
    if (before < 0 || after < 0) {
      throw new IllegalArgumentException("padding is not negative");
    }
    if (before > 0) {
      parts.add(filled(y, axis, before, element));
    }
    parts.add(y);
    if (after > 0) {
      parts.add(filled(y, axis, after, element));
    }
    return parts.size() == 1 ? y : recorder.emit(new IndexOp.Concat(axis), parts);
  }

  private TracedArray filled(TracedArray y, int axis, long size, TracedArray element) {
    List<Long> dims = new ArrayList<>(y.value().type().dims());
    dims.set(axis, size);
    return recorder.emit(new ShapeOp.Expand(dims), element);
  }
}
