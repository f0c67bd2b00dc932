package dev.fovea.optimizer.backend.openvino;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.fovea.optimizer.ir.Bounds;
import java.util.ArrayList;
import java.util.List;

/** Bounds of all inputs in native memory, as {@code ov_partial_shape_t}: rank and dimensions. */
final class PartialShapes implements AutoCloseable {

  private static final long DIMENSION = 2L * Long.BYTES; // ov_dimension_t: least and most
  private static final long SHAPE = DIMENSION + Native.POINTER_SIZE; // the rank is a dimension too

  private final List<Memory> memory = new ArrayList<>();
  private final Memory shapes;
  private final Memory indexes;

  /** Copies the bounds. */
  PartialShapes(List<Bounds> bounds) {
    shapes = allocate(SHAPE * bounds.size());
    indexes = allocate((long) Native.SIZE_T_SIZE * bounds.size());
    for (int i = 0; i < bounds.size(); i++) {
      Bounds input = bounds.get(i);
      int rank = input.least().size();
      Memory dims = allocate(DIMENSION * Math.max(1, rank)); // there is no empty memory
      for (int axis = 0; axis < rank; axis++) {
        dims.setLong(DIMENSION * axis, input.least().get(axis));
        dims.setLong(DIMENSION * axis + Long.BYTES, input.most().get(axis));
      }
      shapes.setLong(SHAPE * i, rank);
      shapes.setLong(SHAPE * i + Long.BYTES, rank);
      shapes.setPointer(SHAPE * i + DIMENSION, dims);
      indexes.setLong((long) Native.SIZE_T_SIZE * i, i);
    }
  }

  private Memory allocate(long bytes) {
    Memory allocated = new Memory(bytes);
    memory.add(allocated);
    return allocated;
  }

  Pointer shapes() {
    return shapes;
  }

  Pointer indexes() {
    return indexes;
  }

  @Override
  public void close() {
    memory.forEach(Memory::close);
  }
}
