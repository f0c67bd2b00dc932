package dev.fovea.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.loss.Loss;

/**
 * The loss of a {@link MaskedAutoencoder}: the mean squared error of the pixels of those patches
 * that its encoder did not see. arXiv:2111.06377, Sec. 3, "Reconstruction target".
 */
public final class MaskedAutoencoderLoss extends Loss {

  private static final double EPS = 1e-6; // of the variance, as forward_loss of models_mae.py

  private final int patch;
  private final boolean normalizedTargets;

  /**
   * Creates the loss of a network.
   *
   * @param config its sizes
   */
  public MaskedAutoencoderLoss(MaskedAutoencoder.Config config) {
    super("MaskedAutoencoderLoss");
    patch = config.encoder().patch();
    normalizedTargets = config.normalizedTargets();
  }

  /**
   * Computes the loss.
   *
   * @param image (B, 3, S, S)
   * @param prediction (B, N, patch * patch * 3)
   * @param mask (B, N): 1 for a patch that was removed, 0 for one that was kept
   * @return a scalar, on the manager of the prediction
   */
  public NDArray apply(NDArray image, NDArray prediction, NDArray mask) {
    NDManager outer = prediction.getManager();
    try (NDManager inner = outer.newSubManager()) {
      inner.tempAttachAll(image, prediction, mask);
      NDArray target = normalizedTargets ? normalize(patchify(image)) : patchify(image);
      NDArray errors = prediction.sub(target).square().mean(new int[] {2}); // (B, N)
      NDArray loss = errors.mul(mask).sum().div(mask.sum());
      loss.attach(outer);
      return loss;
    }
  }

  /**
   * {@inheritDoc}
   *
   * @param labels the images
   * @param predictions the prediction and the mask, as the network gives them
   */
  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    if (labels.size() != 1 || predictions.size() != 2) {
      throw new IllegalArgumentException(
          getName()
              + " takes the images, and the prediction and mask of the network, but was given "
              + labels.size()
              + " and "
              + predictions.size()
              + " arrays");
    }
    return apply(labels.head(), predictions.get(0), predictions.get(1));
  }

  /** (B, 3, S, S) -> (B, N, patch * patch * 3), a patch by rows, then columns, then channels. */
  private NDArray patchify(NDArray image) {
    long channels = image.getShape().get(1);
    long grid = image.getShape().get(2) / patch;
    return image
        .reshape(-1, channels, grid, patch, grid, patch)
        .transpose(0, 2, 4, 3, 5, 1)
        .reshape(-1, grid * grid, channels * patch * patch);
  }

  private static NDArray normalize(NDArray patches) {
    long pixels = patches.getShape().get(2);
    NDArray centred = patches.sub(patches.mean(new int[] {2}, true));
    NDArray variance = centred.square().sum(new int[] {2}, true).div(pixels - 1); // unbiased
    return centred.div(variance.add(EPS).sqrt());
  }
}
