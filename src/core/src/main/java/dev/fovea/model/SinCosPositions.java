package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.initializer.Initializer;

/**
 * Fixed positions of a class token and the patches of a square image, (1, 1 + G<sup>2</sup>, D):
 * the sine-cosine table of arXiv:1706.03762, Sec. 3.5, over both axes as {@link MaskedAutoencoder}
 * has it, {@code util/pos_embed.py} of its authors.
 *
 * <pre>
 * row 0: zeros     row 1 + y G + x: [sin(x w), cos(x w), sin(y w), cos(y w)], w_i = 10000^(-4 i / D), i &lt; D / 4
 * </pre>
 */
final class SinCosPositions implements Initializer {

  private static final double BASE = 10_000;

  @Override
  public NDArray initialize(NDManager manager, Shape shape, DataType type) {
    int rows = Math.toIntExact(shape.get(1));
    int dim = Math.toIntExact(shape.get(2));
    int grid = (int) Math.round(Math.sqrt(rows - 1));
    float[] table = new float[rows * dim];
    for (int row = 1; row < rows; row++) {
      write((row - 1) % grid, table, row * dim, dim / 4);
      write((row - 1) / grid, table, row * dim + dim / 2, dim / 4);
    }
    try (NDArray lent = manager.create(table, shape)) { // its memory is a Java buffer
      return lent.getDataType() == type ? lent.duplicate() : lent.toType(type, true);
    }
  }

  private static void write(int position, float[] table, int at, int count) {
    for (int i = 0; i < count; i++) {
      double angle = position * Math.pow(BASE, -(double) i / count);
      table[at + i] = (float) Math.sin(angle);
      table[at + count + i] = (float) Math.cos(angle);
    }
  }
}
