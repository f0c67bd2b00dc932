package dev.fovea.hub;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is wanted other than what a file says: another head, other images; and what to take a file
 * for that does not say what it is. Immutable.
 *
 * <pre>{@code
 * LoadOptions.DEFAULT.withClasses(6).withImageSize(384)
 * }</pre>
 *
 * @param classes logits of a new head with random values; all else is loaded strictly. 0 for none
 * @param inputChannels channels of the images; the first kernels are fitted as timm does it
 * @param imageSize side of the images in pixels; tables of positions are interpolated
 * @param preset the network that a file without a description belongs to, such as {@code
 *     convnext_tiny}
 * @param dialect the naming of that file's tensors, such as {@code timm}
 * @param hub where files are fetched from and kept; empty for what the environment says
 */
public record LoadOptions(
    OptionalInt classes,
    OptionalInt inputChannels,
    OptionalInt imageSize,
    Optional<String> preset,
    Optional<String> dialect,
    Optional<HubOptions> hub) {

  /** All as the file says. */
  public static final LoadOptions DEFAULT =
      new LoadOptions(
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /**
   * Asks for another head.
   *
   * @param number logits; 0 for a network without a head
   * @return a changed copy
   */
  public LoadOptions withClasses(int number) {
    return new LoadOptions(OptionalInt.of(number), inputChannels, imageSize, preset, dialect, hub);
  }

  /**
   * Asks for images of other channels.
   *
   * @param number 1 for grey images
   * @return a changed copy
   */
  public LoadOptions withInputChannels(int number) {
    return new LoadOptions(classes, OptionalInt.of(number), imageSize, preset, dialect, hub);
  }

  /**
   * Asks for images of another size.
   *
   * @param pixels height and width
   * @return a changed copy
   */
  public LoadOptions withImageSize(int pixels) {
    return new LoadOptions(classes, inputChannels, OptionalInt.of(pixels), preset, dialect, hub);
  }

  /**
   * Says which network a file belongs to that does not say it itself.
   *
   * @param name name in the registry
   * @return a changed copy
   */
  public LoadOptions withPreset(String name) {
    return new LoadOptions(classes, inputChannels, imageSize, Optional.of(name), dialect, hub);
  }

  /**
   * Says in which naming such a file is.
   *
   * @param name name of the dialect
   * @return a changed copy
   */
  public LoadOptions withDialect(String name) {
    return new LoadOptions(classes, inputChannels, imageSize, preset, Optional.of(name), hub);
  }

  /**
   * Says where files are fetched from and kept.
   *
   * @param other options of the client
   * @return a changed copy
   */
  public LoadOptions withHub(HubOptions other) {
    return new LoadOptions(classes, inputChannels, imageSize, preset, dialect, Optional.of(other));
  }
}
