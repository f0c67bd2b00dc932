package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Ways to bring weights to a network that differs a little from the one that they were trained in.
 *
 * <p>Each gives a view of a checkpoint with the library's own names, in which one tensor has
 * another shape; nothing is read until it is asked for, and views can stand on views. Loading the
 * view stays strict. For another head, load with {@link StateDict#load(Checkpoint, NDManager,
 * Set)}, which leaves the head as it is.
 *
 * <pre>{@code
 * Checkpoint own = dialect.toOwn(file);
 * own = Adapt.inputChannels(own, "patch_embed.proj.weight", 1);
 * own = Adapt.positions(own, "pos_embed", 1, 24, PositionInterpolation.ANTIALIASED);
 * StateDict.of(network).load(own, manager, Set.of("head"));
 * }</pre>
 */
public final class Adapt {
  private static final int COLORS = 3;

  private Adapt() {}

  /**
   * Leaves tensors out: the head, for a network without one.
   *
   * @param own the checkpoint
   * @param paths paths, or beginnings of paths that end at a dot
   * @return a view without them
   * @throws IllegalArgumentException if there is nothing under one of the paths
   */
  public static Checkpoint without(Checkpoint own, Set<String> paths) {
    Map<String, TensorInfo> infos = new LinkedHashMap<>(own.tensors());
    for (String path : paths) {
      if (!infos.keySet().removeIf(name -> name.equals(path) || name.startsWith(path + "."))) {
        throw new IllegalArgumentException(own.source() + " has nothing under '" + path + "'");
      }
    }
    return new AdaptedView(own, infos, Map.of());
  }

  /**
   * Takes the part of a file below a prefix, such as {@code "module."} of a training on several
   * devices or {@code "backbone."} of one of self-supervision; what else there is, is left out.
   *
   * @param file the checkpoint, with the names of the file
   * @param prefix what the names start with, to the last dot
   * @return a view with shorter names
   * @throws IllegalArgumentException if no name starts so
   */
  public static Checkpoint under(Checkpoint file, String prefix) {
    return PrefixedView.of(file, prefix);
  }

  /**
   * Fits the kernel of a first convolution to images of another number of channels, as {@code
   * adapt_input_conv} of timm (models/_manipulate.py) does: for one channel the kernels of the
   * colours are added, for more they are repeated in turn and scaled by 3 / channels.
   *
   * @param own the checkpoint
   * @param path path of the kernel, (O, 3, h, w); may also have the channels asked for
   * @param channels channels of the images
   * @return a view in which it is (O, channels, h, w)
   * @throws IllegalArgumentException if there is no such kernel, or it is not one for colour images
   */
  public static Checkpoint inputChannels(Checkpoint own, String path, int channels) {
    Shape shape = info(own, path).shape();
    if (channels < 1) {
      throw new IllegalArgumentException("channels: 1 or more, got " + channels);
    }
    if (shape.dimension() == 4 && shape.get(1) == channels) {
      return own;
    }
    if (shape.dimension() != 4 || shape.get(1) != COLORS) {
      throw new IllegalArgumentException(
          own.source()
              + ": tensor '"
              + path
              + "' of shape "
              + shape
              + " is no kernel (O, 3, h, w); only such can be fitted to "
              + channels
              + " channels. Skip it when loading to train it anew");
    }
    return AdaptedView.with(
        own, path, Shape.update(shape, 1, channels), kernel -> colors(kernel, channels));
  }

  private static NDArray colors(NDArray kernel, int channels) {
    if (channels == 1) {
      return kernel.sum(new int[] {1}, true);
    }
    int turns = (channels + COLORS - 1) / COLORS;
    NDList repeated = new NDList(Collections.nCopies(turns, kernel));
    return NDArrays.concat(repeated, 1).get(":, :" + channels).mul((float) COLORS / channels);
  }

  /**
   * Fits a table of positions of a square image to an image of another size.
   *
   * @param own the checkpoint
   * @param path path of the table, (1, prefix + grid<sup>2</sup>, D)
   * @param prefix rows before those of the patches, which are kept: 1 for a class token
   * @param grid patches a side of the new image
   * @param interpolation how
   * @return a view in which the table has rows for the new image
   * @throws IllegalArgumentException if there is no such table
   */
  public static Checkpoint positions(
      Checkpoint own, String path, int prefix, int grid, PositionInterpolation interpolation) {
    Shape shape = info(own, path).shape();
    if (grid < 1 || prefix < 0) {
      throw new IllegalArgumentException(
          "grid of 1 or more and prefix of 0 or more, got " + grid + " and " + prefix);
    }
    long patches = shape.dimension() == 3 && shape.get(0) == 1 ? shape.get(1) - prefix : 0;
    int side = (int) Math.round(Math.sqrt((double) patches));
    if (side < 1 || (long) side * side != patches) {
      throw new IllegalArgumentException(
          own.source()
              + ": tensor '"
              + path
              + "' of shape "
              + shape
              + " is no table (1, "
              + prefix
              + " + grid * grid, D) of a square image");
    }
    if (side == grid) {
      return own;
    }
    PositionTable table = new PositionTable(prefix, side, grid, interpolation);
    return AdaptedView.with(
        own, path, Shape.update(shape, 1, prefix + (long) grid * grid), table::resample);
  }

  private static TensorInfo info(Checkpoint own, String path) {
    TensorInfo info = own.tensors().get(path);
    if (info == null) {
      throw AbsentTensor.of(own, path);
    }
    return info;
  }
}
