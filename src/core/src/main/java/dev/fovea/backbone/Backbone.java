package dev.fovea.backbone;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import dev.fovea.nn.Forward;
import java.util.List;

/** A network that gives feature maps of an image at several resolutions. */
public interface Backbone extends Block {

  /**
   * Describes the feature maps.
   *
   * @return one entry per map, finest first
   */
  List<FeatureInfo> levels();

  /**
   * Computes the feature maps.
   *
   * @param image (B, 3, H, W)
   * @param pass the forward pass that this is part of
   * @return one map per level, (B, C_i, ceil(H / stride_i), ceil(W / stride_i)), finest first
   */
  List<NDArray> features(NDArray image, Forward pass);
}
