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
   * @return the number of logits, or 0 for a backbone without a head
   */
  int classes();

  /**
   * Returns the same sizes with another head.
   *
   * @param classes number of logits, or 0 for a backbone without a head
   * @return a changed copy
   * @throws IllegalArgumentException if the number is negative, or if such a network has no head
   */
  C withClasses(int classes);

  /**
   * Returns the size of the images that the network takes.
   *
   * @return height and width in pixels, or 0 if it takes images of any size
   */
  default int imageSize() {
    return 0;
  }

  /**
   * Builds the network; its parameters have no values yet.
   *
   * @return a new network
   */
  Layer build();
}
