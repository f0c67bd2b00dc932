package dev.fovea.optimizer.quantize;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.function.BiFunction;

/**
 * What a model is given in use, to calibrate with: preprocessed inputs with their batch axis. One
 * sample is in memory at a time; each is asked for several times, and has to be the same each time.
 *
 * <pre>{@code
 * Samples samples = Samples.of(300, (i, manager) -> new NDList(preprocess(files.get(i), manager)));
 * }</pre>
 */
public interface Samples {

  /**
   * Returns how many there are; a few hundred are enough.
   *
   * @return 0 or more
   */
  int size();

  /**
   * Makes one sample.
   *
   * @param index 0 to {@link #size}, exclusive
   * @param manager the manager that its arrays are attached to; it is closed when the sample has
   *     been used
   * @return an array for each input of the model
   */
  NDList get(int index, NDManager manager);

  /**
   * Makes samples that are loaded when they are needed.
   *
   * @param size how many
   * @param sample makes the sample of an index, on a manager
   * @return the samples
   */
  static Samples of(int size, BiFunction<Integer, NDManager, NDList> sample) {
    if (size < 0) {
      throw new IllegalArgumentException("size is 0 or more, got " + size);
    }
    return new Samples() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public NDList get(int index, NDManager manager) {
        NDList arrays = sample.apply(index, manager);
        arrays.attach(manager);
        return arrays;
      }
    };
  }

  /**
   * Makes samples of arrays that are in memory.
   *
   * @param samples they are not closed, and have to stay open as long as the samples are used
   * @return the samples
   */
  static Samples of(List<NDList> samples) {
    List<NDList> all = List.copyOf(samples);
    return of(
        all.size(),
        (index, manager) -> {
          NDList copy = new NDList();
          for (NDArray array : all.get(index)) {
            copy.add(array.duplicate());
          }
          return copy;
        });
  }
}
