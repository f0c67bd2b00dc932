package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * Cuts an image of one size into patches and maps each to a token, row by row: (B, channels, S, S)
 * -&gt; (B, N, D), N = (S / patch)<sup>2</sup>.
 *
 * <p>Child: {@code proj}, a convolution whose kernel and stride are the patch.
 */
public final class PatchEmbed extends Layer {

  private final int channels;
  private final int imageSize;
  private final Conv2d projection;

  /**
   * Creates a layer for colour images.
   *
   * @param imageSize S: height and width of the image
   * @param patch height and width of a patch
   * @param dim D
   */
  public PatchEmbed(int imageSize, int patch, int dim) {
    this(3, imageSize, patch, dim);
  }

  /**
   * Creates a layer.
   *
   * @param channels channels of the image
   * @param imageSize S: height and width of the image
   * @param patch height and width of a patch
   * @param dim D
   */
  public PatchEmbed(int channels, int imageSize, int patch, int dim) {
    this.channels = channels;
    this.imageSize = imageSize;
    this.projection = child("proj", Conv2d.patch(channels, dim, patch));
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the image is of another size or has other channels
   */
  @Override
  public NDArray forward(NDArray image, Forward pass) {
    Shape shape = image.getShape();
    if (shape.dimension() != 4
        || shape.get(1) != channels
        || shape.get(2) != imageSize
        || shape.get(3) != imageSize) {
      throw new IllegalArgumentException(
          "images of shape "
              + shape
              + ": this network has positions for (B, "
              + channels
              + ", "
              + imageSize
              + ", "
              + imageSize
              + "); resize the images, or build the network with their imageSize");
    }
    NDArray map = projection.forward(image, pass); // (B, D, S / patch, S / patch)
    return map.reshape(shape.get(0), map.getShape().get(1), -1).transpose(0, 2, 1); // (B, N, D)
  }
}
