package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Elements that lie in a file row by row. They are read on all processors when they are many. */
final class Rows implements TensorBytes.Filler {
  /** Bytes of the file that one thread reads at a time; a multiple of any type. */
  private static final int PART = 1 << 22;

  private final TensorBytes file;
  private final String name;
  private final StoredType type;
  private final Shape shape;
  private final long begin;
  private final long bytes;

  Rows(TensorBytes file, String name, StoredType type, Shape shape, long begin) {
    this.file = file;
    this.name = name;
    this.type = type;
    this.shape = shape;
    this.begin = begin;
    bytes = shape.size() * (type.bits / Byte.SIZE);
  }

  /** Whether the engine can widen all of them at once. */
  boolean areFewHalves() {
    return type == StoredType.F16 && bytes > 0 && bytes <= Widening.HALVES;
  }

  NDArray halves(NDManager manager) throws IOException {
    Widening widening = file.widening();
    try {
      return widening.halves(file, manager, shape, begin);
    } finally {
      file.release(widening);
    }
  }

  @Override
  public void fill(NDArray array) throws IOException {
    Parts parts = new Parts(TensorBytes.memory(array), array.reshape(-1));
    try (NDArray row = parts.row) {
      ParallelLoop.run(Math.toIntExact((bytes + PART - 1) / PART), parts);
    }
  }

  private final class Parts implements ParallelLoop.Body {
    private final ByteBuffer memory;
    final NDArray row;

    Parts(ByteBuffer memory, NDArray row) {
      this.memory = memory;
      this.row = row;
    }

    @Override
    public void run(int part) throws IOException {
      long first = (long) part * PART;
      int length = (int) Math.min(PART, bytes - first);
      int stored = type.bits / Byte.SIZE;
      int loaded = type.loaded.getNumOfBytes();
      ByteBuffer target =
          memory
              .slice(Math.toIntExact(first / stored * loaded), length / stored * loaded)
              .order(memory.order());
      if (type.isLoadedAsStored()) {
        file.readFully(target, begin + first);
        return;
      }
      Widening widening = file.widening();
      try {
        if (type == StoredType.F16) {
          widening.halves(file, row, begin + first, first / stored, (first + length) / stored);
        } else {
          widening.convert(file, name, type, begin + first, target);
        }
      } finally {
        file.release(widening);
      }
    }
  }
}
