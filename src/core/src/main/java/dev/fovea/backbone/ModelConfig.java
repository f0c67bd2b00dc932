package dev.fovea.backbone;

import dev.fovea.nn.Layer;

/**
 * The sizes of a network: an immutable value with named presets, from which the network is built.
 *
 * @param <C> the implementing record
 */
public interface ModelConfig<C extends ModelConfig<C>> {

  /**
   * Returns the number of classes of the head.
   *
   * @return the number of logits, or 0 for a network without a head
   */
  int classes();

  /**
   * Returns the same sizes with another head.
   *
   * @param classes number of logits, or 0 for a network without a head
   * @return a changed copy
   * @throws IllegalArgumentException if the number is negative, or if such a network has no head
   */
  C withClasses(int classes);

  /**
   * Returns the same sizes for a network whose feature maps alone are used.
   *
   * @return a changed copy, without the head and whatever else no feature map passes
   * @throws IllegalArgumentException if there is no such network
   */
  default C asBackbone() {
    return withClasses(0);
  }

  /**
   * Returns the size of the images that the network takes.
   *
   * @return height and width in pixels, or 0 if it takes images of any size
   */
  default int imageSize() {
    return 0;
  }

  /**
   * Returns how small images may be. The network refuses smaller ones by an {@link
   * IllegalArgumentException} that says this number.
   *
   * @return least height and least width in pixels
   */
  default int smallestImage() {
    return Math.max(1, imageSize());
  }

  /**
   * Returns the same network for images of another size.
   *
   * @param imageSize height and width in pixels
   * @return a changed copy; the same configuration if it takes images of any size
   * @throws IllegalArgumentException if there is no such network
   */
  default C withImageSize(int imageSize) {
    if (imageSize < smallestImage() || (imageSize() != 0 && imageSize != imageSize())) {
      throw new IllegalArgumentException(
          "this network takes images of "
              + (imageSize() == 0
                  ? smallestImage() + " pixels or more"
                  : imageSize() + " pixels alone")
              + ", got "
              + imageSize);
    }
    return self();
  }

  /**
   * Returns the channels of the images that the network takes.
   *
   * @return 3 for colour images
   */
  default int inputChannels() {
    return 3;
  }

  /**
   * Returns the same network for images of other channels.
   *
   * @param channels 3 for colour images, 1 for grey ones
   * @return a changed copy
   * @throws IllegalArgumentException if the number is below 1, or if there is no such network
   */
  default C withInputChannels(int channels) {
    if (channels != inputChannels()) {
      throw new IllegalArgumentException(
          "channels: this network takes " + inputChannels() + " alone, got " + channels);
    }
    return self();
  }

  /**
   * Returns which parameters follow from the number of classes, the channels and the size of the
   * images.
   *
   * @return paths of parameters
   */
  default VaryingParameters varying() {
    return VaryingParameters.NONE;
  }

  @SuppressWarnings("unchecked") // a configuration is the argument of its own type
  private C self() {
    return (C) this;
  }

  /**
   * Builds the network; its parameters have no values yet.
   *
   * @return a new network
   */
  Layer build();
}
