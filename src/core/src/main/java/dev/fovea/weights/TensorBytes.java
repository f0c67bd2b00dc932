package dev.fovea.weights;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.IntStream;

/** The bytes of an open weight file, and how they become arrays. */
final class TensorBytes implements AutoCloseable {
  static final int CHUNK = 1 << 16;

  /** Bytes of a file that one thread reads at a time, of a large tensor; a multiple of any type. */
  private static final int PART = 1 << 22;

  /** Halves that the engine converts at a time: few enough for the caches and little memory. */
  static final int HALVES = 1 << 18;

  /** Writes the elements of an array to its memory, row by row. */
  interface Filler {
    void fill(NDArray array, ByteBuffer memory) throws IOException;
  }

  private final String source;
  private final FileChannel file;

  private TensorBytes(String source, FileChannel file) {
    this.source = source;
    this.file = file;
  }

  static TensorBytes open(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new WeightsFormatException(path.toString(), "is not a regular file");
    }
    return new TensorBytes(path.toString(), FileChannel.open(path, StandardOpenOption.READ));
  }

  String source() {
    return source;
  }

  FileChannel channel() {
    return file;
  }

  long size() throws IOException {
    return file.size();
  }

  /**
   * Makes an array on the manager's device.
   *
   * @throws WeightsFormatException if the type cannot be loaded or the array were over 2 GiB
   */
  NDArray array(NDManager manager, String name, StoredType type, Shape shape, Filler filler)
      throws IOException {
    if (type.loaded == DataType.UNKNOWN) {
      throw new WeightsFormatException(
          source, name, "is of type " + type + ", which cannot be loaded");
    }
    if (shape.size() > Integer.MAX_VALUE / type.loaded.getNumOfBytes()) {
      throw new WeightsFormatException(
          source, name, "of shape " + shape + " is over the limit of 2 GiB");
    }
    if (manager.getDevice().equals(Device.cpu())) {
      return onHost(manager, name, type.loaded, shape, filler);
    }
    try (NDManager host = manager.newSubManager(Device.cpu())) {
      NDArray array =
          onHost(host, name, type.loaded, shape, filler).toDevice(manager.getDevice(), false);
      array.attach(manager);
      return array;
    }
  }

  /**
   * The array's memory belongs to the engine. A mapped file in its place would be read-only to
   * training and end the process when somebody truncates the file; a Java buffer would count
   * against the heap's size.
   */
  private static NDArray onHost(
      NDManager manager, String name, DataType type, Shape shape, Filler filler)
      throws IOException {
    NDArray array = manager.create(shape, type);
    try {
      if (array.size() > 0) {
        ByteBuffer memory = array.toByteBuffer(true);
        if (!memory.isDirect()) {
          throw new UnsupportedOperationException(
              "engine " + manager.getEngine().getEngineName() + " gives no access to its arrays");
        }
        filler.fill(array, memory.order(ByteOrder.nativeOrder()));
      }
      array.setName(name);
      return array;
    } catch (IOException | RuntimeException | Error e) {
      array.close();
      throw e;
    }
  }

  /** Reads a part of the file. */
  private interface PartReader {
    void read(ByteBuffer memory, long begin, long end) throws IOException;
  }

  /** Fills an array with elements that lie in the file as they lie in the array. */
  void read(NDArray array, ByteBuffer memory, String name, StoredType type, long begin, long end)
      throws IOException {
    if (type.isLoadedAsStored()) {
      readParts(memory, begin, end);
    } else if (type == StoredType.F16 && array.size() > HALVES / 4) {
      readHalves(array, begin, end);
    } else {
      int loaded = PART / (type.bits / Byte.SIZE) * type.loaded.getNumOfBytes();
      inParts(memory, loaded, begin, end, (m, from, to) -> convertAll(m, name, type, from, to));
    }
  }

  private void readParts(ByteBuffer memory, long begin, long end) throws IOException {
    inParts(memory, PART, begin, end, (m, from, to) -> readFully(m, from));
  }

  /** On all processors, since new memory costs more than copying to it. */
  private static void inParts(
      ByteBuffer memory, int partInMemory, long begin, long end, PartReader reader)
      throws IOException {
    int parts = Math.toIntExact((end - begin + PART - 1) / PART);
    if (parts < 2) {
      reader.read(memory, begin, end);
      return;
    }
    try {
      IntStream.range(0, parts)
          .parallel()
          .forEach(
              part -> {
                long first = begin + (long) part * PART;
                int at = part * partInMemory;
                int length = Math.min(partInMemory, memory.limit() - at);
                ByteBuffer target = memory.slice(at, length).order(memory.order());
                try {
                  reader.read(target, first, Math.min(end, first + PART));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** By the engine, which has instructions of the processor for it; Java 17 has none. */
  private void readHalves(NDArray array, long begin, long end) throws IOException {
    try (NDManager scope = array.getManager().newSubManager()) {
      NDArray floats = array.reshape(-1);
      floats.attach(scope);
      NDArray halves = scope.create(new Shape(Math.min(HALVES, array.size())), DataType.FLOAT16);
      ByteBuffer stored = halves.toByteBuffer(true);
      long from = 0;
      for (long position = begin; position < end; position += stored.limit()) {
        long count = Math.min(HALVES, array.size() - from);
        readFully(stored.clear().limit(Math.toIntExact(count * Short.BYTES)), position);
        try (NDArray part = halves.get(new NDIndex().addSliceDim(0, count))) {
          floats.set(new NDIndex().addSliceDim(from, from + count), part);
        }
        from += count;
      }
    }
  }

  private void convertAll(ByteBuffer memory, String name, StoredType type, long begin, long end)
      throws IOException {
    HalfFloats halves = new HalfFloats();
    ByteBuffer stored = ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    for (long position = begin; position < end; position += stored.limit()) {
      stored.clear().limit((int) Math.min(CHUNK, end - position));
      readFully(stored, position);
      convert(stored.flip(), memory, name, type, halves);
    }
  }

  void convert(
      ByteBuffer stored, ByteBuffer memory, String name, StoredType type, HalfFloats halves)
      throws IOException {
    if (!type.convert(stored, memory, halves)) {
      throw new WeightsFormatException(
          source, name, "has a byte that is neither 0 nor 1 for a " + type);
    }
  }

  void readFully(ByteBuffer target, long position) throws IOException {
    long next = position;
    int limit = target.limit();
    while (target.position() < limit) {
      if (!target.isDirect()) {
        // Java reads through native memory as large as what is asked for, and keeps it.
        target.limit(Math.min(limit, target.position() + CHUNK));
      }
      int read = file.read(target, next);
      target.limit(limit);
      if (read < 0) {
        throw new WeightsFormatException(source, "was cut at byte " + next + " while open");
      }
      next += read;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
