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
    NDArray restored = shuffled.gather(PatchMask.rows(restore, dim), 1);
    NDArray y = NDArrays.concat(new NDList(x.get(":, :1"), restored), 1); // (B, 1 + N, E)
    y = blocks.forward(y.add(pass.value(positions, y)), pass);
    y = prediction.forward(norm.forward(y, pass), pass);
    return y.get(":, 1:");
  }

  /** Both halves are for the same images, and have positions on two axes. */
  static void requireFit(VisionTransformer.Config encoder, VisionTransformer.Config decoder) {
    if (decoder.imageSize() != encoder.imageSize()
        || decoder.patch() != encoder.patch()
        || decoder.inputChannels() != encoder.inputChannels()) {
      throw new IllegalArgumentException(
          "MAE: imageSize, patch and inputChannels of both must agree, got "
              + encoder
              + " and "
              + decoder);
    }
    if (encoder.dim() % 4 != 0 || decoder.dim() % 4 != 0) {
      throw new IllegalArgumentException(
          "MAE: dims are multiples of 4, for two axes; got " + encoder + " and " + decoder);
    }
  }
}
