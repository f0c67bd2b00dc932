package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads tensors of a checkpoint on all processors. Most of the time goes into memory that is
 * touched for the first time, and a thread that has nothing of its own to read would wait for the
 * others at the end of each tensor.
 */
final class ParallelReads implements ParallelLoop.Body {
  private final Checkpoint checkpoint;
  private final NDManager manager;
  private final List<String> names;
  private final @Nullable NDArray[] arrays;

  private ParallelReads(Checkpoint checkpoint, NDManager manager, Collection<String> names) {
    this.checkpoint = checkpoint;
    this.manager = manager;
    this.names = List.copyOf(names);
    arrays = new NDArray[names.size()];
  }

  /** Gives the arrays in the order of the names. After a fault, those that were read are closed. */
  static Map<String, NDArray> read(
      Checkpoint checkpoint, NDManager manager, Collection<String> names) throws IOException {
    ParallelReads reads = new ParallelReads(checkpoint, manager, names);
    try {
      ParallelLoop.run(names.size(), reads);
      return reads.result();
    } catch (IOException | RuntimeException | Error e) {
      reads.close();
      throw e;
    }
  }

  @Override
  public void run(int i) throws IOException {
    arrays[i] = checkpoint.read(manager, names.get(i));
  }

  private Map<String, NDArray> result() {
    Map<String, NDArray> result = new LinkedHashMap<>();
    for (int i = 0; i < arrays.length; i++) {
      result.put(names.get(i), Objects.requireNonNull(arrays[i]));
    }
    return result;
  }

  private void close() {
    for (NDArray array : arrays) {
      if (array != null) {
        array.close();
      }
    }
  }
}
