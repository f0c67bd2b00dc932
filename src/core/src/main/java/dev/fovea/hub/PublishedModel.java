package dev.fovea.hub;

import dev.fovea.image.Preprocess;
import java.net.URI;
import java.util.Optional;

/**
 * Weights that somebody publishes: one entry of the catalogue.
 *
 * @param name under which users ask for them, such as {@code convnext_tiny.fb_in1k}
 * @param preset the network, by its name in the registry
 * @param dialect the naming of the file's tensors
 * @param source {@code hf://owner/name} or {@code https://}, as the publisher gives it
 * @param sha256 hexadecimal SHA-256 of the file, or its beginning; empty if it is not published
 * @param licence of the weights, as an SPDX identifier where there is one; not empty
 * @param nonCommercial whether the licence forbids commercial use
 * @param classes logits; 0: no head
 * @param preprocess what lies between an image and the network
 * @param labels name of the set of class names; empty if there is none
 * @param changes what differs from the preset, as a JSON object of the configuration's components
 */
public record PublishedModel(
    String name,
    String preset,
    String dialect,
    URI source,
    Optional<String> sha256,
    String licence,
    boolean nonCommercial,
    int classes,
    Preprocess preprocess,
    Optional<String> labels,
    String changes) {

  /** {@inheritDoc} */
  public PublishedModel {
    if (licence.isBlank()) {
      throw new IllegalArgumentException(name + ": weights without a licence cannot be listed");
    }
    if (!sha256.map(s -> s.matches("[0-9a-f]{8,64}")).orElse(true)) {
      throw new IllegalArgumentException(name + ": no beginning of a SHA-256: " + sha256);
    }
  }
}
