package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.Map;

/**
 * A set of named tensors that are read one at a time, when asked for.
 *
 * <p>A {@link WeightFile} is one in a file, {@link StateDict} the parameters of a block; {@link
 * Dialect} gives views of one under other names.
 */
public interface Checkpoint {

  /**
   * Returns where the tensors come from, for messages.
   *
   * @return a file name or another short description
   */
  String source();

  /**
   * Returns the names, types and shapes of all tensors, without reading any.
   *
   * @return an unmodifiable map by name, in a fixed order
   */
  Map<String, TensorInfo> tensors();

  /**
   * Reads one tensor. {@link StateDict#load} calls this from several threads at once.
   *
   * @param manager the manager that the array is attached to; its device is the array's
   * @param name one of the names of {@link #tensors()}
   * @return a new array of the type and shape that {@link #tensors()} tells; the caller closes it
   * @throws WeightsFormatException if the stored tensor is broken or of a type that cannot be
   *     loaded
   * @throws IOException if reading fails
   * @throws IllegalArgumentException if there is no tensor of that name
   */
  NDArray read(NDManager manager, String name) throws IOException;
}
