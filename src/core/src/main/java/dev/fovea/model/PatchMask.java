package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Which patches of an image a {@link MaskedAutoencoder} sees. He et al., arXiv:2111.06377, Sec. 3,
 * "Masking"; {@code random_masking} of {@code models_mae.py}.
 *
 * @param seen (B, K): numbers of the patches that are kept, those of the smallest noise first
 * @param restore (B, N): where each patch stands among those kept, then those removed
 * @param mask (B, N): 1 where a patch is removed, else 0
 */
record PatchMask(NDArray seen, NDArray restore, NDArray mask) {

  /** Numbers at random, one for each of the N patches of the images (B, 3, S, S): (B, N). */
  static NDArray noise(NDArray images, int patches) {
    return images.getManager().randomUniform(0, 1, new Shape(images.getShape().get(0), patches));
  }

  /** Keeps K of the N patches (B, N, D) by their noise (B, N). */
  static PatchMask of(NDArray noise, int kept, NDArray patches) {
    Shape shape = patches.getShape().slice(0, 2);
    if (!noise.getShape().equals(shape)) {
      throw new IllegalArgumentException(
          "noise: a number for each of " + shape.get(1) + " patches, got " + noise.getShape());
    }
    NDArray shuffle = noise.argSort(1);
    shuffle.attach(patches.getManager());
    NDArray restore = shuffle.argSort(1); // the inverse permutation
    NDArray mask = restore.gte(kept).toType(patches.getDataType(), false);
    return new PatchMask(shuffle.get(":, :" + kept), restore, mask);
  }

  /** Numbers of rows for all columns of a matrix: (B, K) -> (B, K, dim). */
  static NDArray rows(NDArray numbers, long dim) {
    Shape shape = numbers.getShape();
    return numbers.expandDims(2).broadcast(new Shape(shape.get(0), shape.get(1), dim));
  }
}
