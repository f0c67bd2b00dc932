package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Elements that are stored in less space than they are loaded to, through memory that is used over
 * and over. One object is for one thread.
 */
final class Widening {
  /** Bytes of a file at a time that are converted here. */
  private static final int CHUNK = 1 << 18;

  /** Bytes of a file at a time that the engine widens: so many that calling it takes no time. */
  static final int HALVES = 1 << 21;

  private final HalfFloats halfFloats = new HalfFloats();
  private ByteBuffer stored = ByteBuffer.allocateDirect(0);

  /** Writes elements of the file to memory, all that it has space for. */
  void convert(TensorBytes file, String name, StoredType type, long begin, ByteBuffer memory)
      throws IOException {
    long position = begin;
    while (memory.hasRemaining()) {
      long left = memory.remaining() / type.loaded.getNumOfBytes() * (long) (type.bits / Byte.SIZE);
      read(file, position, left, CHUNK);
      position += stored.limit();
      file.convert(stored, memory, name, type, halfFloats);
    }
  }

  /** Makes an array of halves, by the engine: it has the processor's instructions, Java 17 none. */
  NDArray halves(TensorBytes file, NDManager manager, Shape shape, long begin) throws IOException {
    read(file, begin, shape.size() * Short.BYTES, HALVES);
    try (NDArray halves = manager.create(stored, shape, DataType.FLOAT16)) {
      return halves.toType(DataType.FLOAT32, false);
    }
  }

  /** Writes halves of the file, from a byte on, to some elements of an array of one axis. */
  void halves(TensorBytes file, NDArray floats, long begin, long from, long to) throws IOException {
    long position = begin;
    for (long at = from; at < to; ) {
      long count = Math.min(HALVES / Short.BYTES, to - at);
      read(file, position, count * Short.BYTES, HALVES);
      try (NDArray halves =
          floats.getManager().create(stored, new Shape(count), DataType.FLOAT16)) {
        floats.set(new NDIndex().addSliceDim(at, at + count), halves);
      }
      at += count;
      position += stored.limit();
    }
  }

  private void read(TensorBytes file, long position, long bytes, int most) throws IOException {
    int count = (int) Math.min(most, bytes);
    if (count > stored.capacity()) {
      stored = ByteBuffer.allocateDirect(count <= CHUNK ? CHUNK : most);
      stored.order(ByteOrder.LITTLE_ENDIAN);
    }
    stored.clear().limit(count);
    file.readFully(stored, position);
    stored.flip();
  }
}
