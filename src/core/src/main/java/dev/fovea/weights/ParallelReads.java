package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads tensors of a checkpoint on all processors, each thread the next one that is left. Most of
 * the time goes into memory that is touched for the first time, and a thread that has nothing of
 * its own to read would wait for the others at the end of each tensor.
 */
final class ParallelReads {
  private final Checkpoint checkpoint;
  private final NDManager manager;
  private final List<String> names;
  private final @Nullable NDArray[] arrays;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> fault = new AtomicReference<>();

  private ParallelReads(Checkpoint checkpoint, NDManager manager, List<String> names) {
    this.checkpoint = checkpoint;
    this.manager = manager;
    this.names = names;
    arrays = new NDArray[names.size()];
  }

  /** Gives the arrays in the order of the names. After a fault, those that were read are closed. */
  static Map<String, NDArray> read(Checkpoint checkpoint, NDManager manager, List<String> names)
      throws IOException {
    ParallelReads reads = new ParallelReads(checkpoint, manager, names);
    IntStream.rangeClosed(0, ForkJoinPool.getCommonPoolParallelism())
        .parallel()
        .forEach(thread -> reads.run());
    return reads.result();
  }

  /** Keeps a fault to itself: thrown, it would end the join while other threads still read. */
  private void run() {
    try {
      for (int i = next.getAndIncrement(); i < arrays.length; i = next.getAndIncrement()) {
        arrays[i] = checkpoint.read(manager, names.get(i));
      }
    } catch (IOException | RuntimeException | Error e) {
      next.set(arrays.length);
      Throwable first = fault.compareAndExchange(null, e);
      if (first != null && first != e) {
        first.addSuppressed(e);
      }
    }
  }

  private Map<String, NDArray> result() throws IOException {
    Map<String, NDArray> result = new LinkedHashMap<>();
    for (int i = 0; i < arrays.length; i++) {
      NDArray array = arrays[i];
      if (array != null) {
        result.put(names.get(i), array);
      }
    }
    Throwable e = fault.get();
    if (e == null) {
      return result;
    }
    result.values().forEach(NDArray::close);
    if (e instanceof IOException io) {
      throw io;
    }
    if (e instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    throw (Error) e;
  }
}
