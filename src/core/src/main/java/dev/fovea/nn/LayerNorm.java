package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

/**
 * Layer normalization (Ba et al., arXiv:1607.06450) over the channels of each position: y = (x -
 * mean) / sqrt(var + eps) weight + bias.
 *
 * <p>Parameters: {@code weight} (C), first 1; {@code bias} (C), first 0.
 */
public final class LayerNorm extends Layer {

  private final Parameter weight;
  private final Parameter bias;
  private final Shape normalized;
  private final float eps;
  private final boolean channelsFirst;

  private LayerNorm(int channels, double eps, boolean channelsFirst) {
    this.weight = parameter("weight", Parameter.Type.GAMMA, channels);
    this.bias = parameter("bias", Parameter.Type.BETA, channels);
    this.normalized = new Shape(channels);
    this.eps = (float) eps;
    this.channelsFirst = channelsFirst;
  }

  /**
   * Creates a norm of the last axis: (..., C) -&gt; same.
   *
   * @param channels C
   * @param eps added to the variance
   * @return the layer
   */
  public static LayerNorm last(int channels, double eps) {
    return new LayerNorm(channels, eps, false);
  }

  /**
   * Creates a norm of the axis after the batch: (B, C, H, W) -&gt; same.
   *
   * @param channels C
   * @param eps added to the variance
   * @return the layer
   */
  public static LayerNorm first(int channels, double eps) {
    return new LayerNorm(channels, eps, true);
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    NDArray y = channelsFirst ? x.transpose(0, 2, 3, 1) : x; // (B, H, W, C)
    y =
        ai.djl.nn.norm.LayerNorm.layerNorm(
                y, normalized, pass.value(weight, x), pass.value(bias, x), eps)
            .singletonOrThrow();
    return channelsFirst ? y.transpose(0, 3, 1, 2) : y; // (B, C, H, W)
  }
}
