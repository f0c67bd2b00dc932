package dev.fovea.weights;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/** The bytes of an open weight file, and how they become arrays. */
final class TensorBytes implements AutoCloseable {
  static final int CHUNK = 1 << 16;

  /** Writes the elements of an array. */
  interface Filler {
    void fill(NDArray array) throws IOException;
  }

  private final String source;
  private final FileChannel file;

  /** Those that no thread uses. */
  private final Deque<Widening> widenings = new ArrayDeque<>();

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

  /** Makes an array, on the manager's device, of elements that lie in the file row by row. */
  NDArray array(NDManager manager, String name, StoredType type, Shape shape, long begin)
      throws IOException {
    return array(manager, name, type, shape, new Rows(this, name, type, shape, begin));
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
    NDArray array;
    if (manager.getDevice().equals(Device.cpu())) {
      array = onHost(manager, type.loaded, shape, filler);
    } else {
      try (NDManager host = manager.newSubManager(Device.cpu())) {
        array = onHost(host, type.loaded, shape, filler).toDevice(manager.getDevice(), false);
        array.attach(manager);
      }
    }
    array.setName(name);
    return array;
  }

  /**
   * The array's memory belongs to the engine. A mapped file in its place would be read-only to
   * training and end the process when somebody truncates the file; a Java buffer would count
   * against the heap's size.
   */
  private static NDArray onHost(NDManager manager, DataType type, Shape shape, Filler filler)
      throws IOException {
    if (filler instanceof Rows rows && rows.areFewHalves()) {
      return rows.halves(manager);
    }
    NDArray array = manager.create(shape, type);
    try {
      if (shape.size() > 0) {
        filler.fill(array);
      }
      return array;
    } catch (IOException | RuntimeException | Error e) {
      array.close();
      throw e;
    }
  }

  /** Gives a thread what it may use until it is released. */
  Widening widening() {
    synchronized (widenings) {
      if (!widenings.isEmpty()) {
        return widenings.pop();
      }
    }
    return new Widening();
  }

  void release(Widening widening) {
    synchronized (widenings) {
      widenings.push(widening);
    }
  }

  /** The memory of an array on the host. */
  static ByteBuffer memory(NDArray array) {
    ByteBuffer memory = array.toByteBuffer(true);
    if (!memory.isDirect()) {
      String engine = array.getManager().getEngine().getEngineName();
      throw new UnsupportedOperationException(
          "engine " + engine + " gives no access to its arrays");
    }
    return memory.order(ByteOrder.nativeOrder());
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
