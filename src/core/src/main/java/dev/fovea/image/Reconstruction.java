package dev.fovea.image;

/**
 * What a masked autoencoder makes of an image; all three of the size that the network sees.
 *
 * @param original the image
 * @param masked the image with the removed patches grey
 * @param painted the image with the removed patches as the network painted them
 * @param maskedShare part of the patches that was removed, 0 to 1
 */
public record Reconstruction(Pixels original, Pixels masked, Pixels painted, double maskedShare) {}
