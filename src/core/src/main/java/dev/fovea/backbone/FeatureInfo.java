package dev.fovea.backbone;

/**
 * One feature level of a backbone.
 *
 * @param channels C of its map (B, C, H / stride, W / stride)
 * @param stride pixels of the image per step in the map
 */
public record FeatureInfo(int channels, int stride) {}
