package dev.fovea.optimizer.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDArrayIndexer;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.index.dim.NDIndexAll;
import ai.djl.ndarray.index.dim.NDIndexBooleans;
import ai.djl.ndarray.index.dim.NDIndexElement;
import ai.djl.ndarray.index.dim.NDIndexTake;
import ai.djl.ndarray.index.full.NDIndexFullPick;
import ai.djl.ndarray.index.full.NDIndexFullSlice;
import ai.djl.ndarray.index.full.NDIndexFullTake;
import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.ShapeOp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Records what {@code get(NDIndex)} takes: slices and fixed numbers, or one array of numbers. */
final class TracedIndexer extends NDArrayIndexer {
  private final Recorder recorder;

  TracedIndexer(Recorder recorder) {
    this.recorder = recorder;
  }

  @Override
  public NDArray get(NDArray array, NDIndex index) {
    List<NDIndexElement> elements = index.getIndices();
    List<Integer> taken =
        IntStream.range(0, elements.size())
            .filter(i -> elements.get(i) instanceof NDIndexTake)
            .boxed()
            .toList();
    boolean others =
        elements.stream().anyMatch(e -> !(e instanceof NDIndexTake || e instanceof NDIndexAll));
    if (taken.size() == 1 && !others && index.getEllipsisIndex() != 0) {
      int axis = taken.get(0);
      return gather(array, ((NDIndexTake) elements.get(axis)).getIndex(), axis);
    }
    if (elements.stream().anyMatch(NDIndexBooleans.class::isInstance)) {
      throw recorder.refused(
          "NDArray.get(NDIndex)", "the size of its result depends on the elements");
    }
    return NDIndexFullSlice.fromIndex(index, array.getShape())
        .map(slice -> get(array, slice))
        .orElseThrow(() -> refused("indices other than slices, numbers, or one array"));
  }

  private NDArray gather(NDArray array, NDArray indices, int axis) {
    TracedArray numbers = recorder.traced(indices);
    if (numbers.value().type().dataType() != DataType.INT64) {
      numbers = recorder.emit(new ElementOp.Cast(DataType.INT64), numbers);
    }
    return recorder.emit(new IndexOp.Gather(axis), recorder.traced(array), numbers).proxy();
  }

  @Override
  public NDArray get(NDArray array, NDIndexFullSlice slice) {
    TracedArray x = recorder.traced(array);
    List<Integer> axes = new ArrayList<>();
    List<Long> starts = new ArrayList<>();
    List<Long> ends = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      boolean all = slice.getMin()[i] == 0 && slice.getMax()[i] == x.size(i);
      if (!all || slice.getStep()[i] != 1) {
        axes.add(i);
        starts.add(slice.getMin()[i]);
        ends.add(slice.getMax()[i]);
        steps.add(slice.getStep()[i]);
      }
    }
    TracedArray y = axes.isEmpty() ? x : x.view(new IndexOp.Slice(axes, starts, ends, steps));
    List<Integer> squeezed = Arrays.stream(slice.getToSqueeze()).boxed().toList();
    return (squeezed.isEmpty() ? y : y.view(new ShapeOp.Squeeze(squeezed))).proxy();
  }

  @Override
  public NDArray get(NDArray array, NDIndexFullPick pick) {
    throw refused("a pick");
  }

  @Override
  public NDArray get(NDArray array, NDIndexFullTake take) {
    throw refused("a take");
  }

  @Override
  public void set(NDArray array, NDIndex index, Object value) {
    throw refused("a write");
  }

  @Override
  public void set(NDArray array, NDIndexFullSlice slice, NDArray value) {
    throw refused("a write");
  }

  @Override
  public void set(NDArray array, NDIndexFullSlice slice, Number value) {
    throw refused("a write");
  }

  private TraceException refused(String what) {
    return recorder.refused("NDArray.get or set(NDIndex)", "no operation stands for " + what);
  }
}
