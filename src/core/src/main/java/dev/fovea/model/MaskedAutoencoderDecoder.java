package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import dev.fovea.nn.Forward;
import dev.fovea.nn.LayerNorm;
import dev.fovea.nn.Linear;
import dev.fovea.nn.Sequential;

/**
 * The small half of a {@link MaskedAutoencoder}. Not a layer: the network registers its parts.
 *
 * @param embed D to E channels
 * @param maskToken (1, 1, E), in the place of each patch that was removed
 * @param positions (1, 1 + N, E)
 * @param blocks of E channels
 * @param norm of E channels
 * @param prediction E channels to the pixels of a patch
 */
record MaskedAutoencoderDecoder(
    Linear embed,
    Parameter maskToken,
    Parameter positions,
    Sequential blocks,
    LayerNorm norm,
    Linear prediction) {

  /** Paints: (B, 1 + K, D) and the places (B, N) of the patches -> (B, N, patch * patch * 3). */
  NDArray forward(NDArray latent, NDArray restore, Forward pass) {
    NDArray x = embed.forward(latent, pass); // (B, 1 + K, E)
    long batch = x.getShape().get(0);
    long dim = x.getShape().get(2);
    long hidden = restore.getShape().get(1) - (x.getShape().get(1) - 1); // N - K
    NDArray removed = pass.broadcast(maskToken, new Shape(batch, hidden, dim), x);
    NDArray shuffled = NDArrays.concat(new NDList(x.get(":, 1:"), removed), 1); // (B, N, E)
    NDArray restored = shuffled.gather(rows(restore, dim), 1);
    NDArray y = NDArrays.concat(new NDList(x.get(":, :1"), restored), 1); // (B, 1 + N, E)
    y = blocks.forward(y.add(pass.value(positions, y)), pass);
    y = prediction.forward(norm.forward(y, pass), pass);
    return y.get(":, 1:");
  }

  /** Numbers of rows for all columns of a matrix: (B, K) -> (B, K, dim). */
  static NDArray rows(NDArray numbers, long dim) {
    Shape shape = numbers.getShape();
    return numbers.expandDims(2).broadcast(new Shape(shape.get(0), shape.get(1), dim));
  }
}
