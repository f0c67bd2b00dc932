package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;

/**
 * Global response normalization (Woo et al., arXiv:2301.00808, Sec. 4, Algorithm 1), which makes
 * the channels of a sample compete: (B, H, W, C) -&gt; same.
 *
 * <pre>
 * g = ||x|| over H, W     n = g / (mean of g over C + eps)     y = x (weight n + 1) + bias
 * </pre>
 *
 * <p>Parameters: {@code weight} (C) and {@code bias} (C), both first 0, so that y = x.
 */
public final class GlobalResponseNorm extends Layer {

  private static final int EUCLIDEAN = 2;
  private static final double EPS = 1e-6;

  private final Parameter weight;
  private final Parameter bias;

  /**
   * Creates a norm.
   *
   * @param channels C
   */
  public GlobalResponseNorm(int channels) {
    weight = parameter("weight", Parameter.Type.GAMMA, Initializer.ZEROS, channels);
    bias = parameter("bias", Parameter.Type.BETA, channels);
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    // Not the root of a sum of squares: its gradient is not a number where a channel is all zeros.
    NDArray norms = x.norm(EUCLIDEAN, new int[] {1, 2}, true); // (B, 1, 1, C)
    NDArray mean = norms.mean(new int[] {3}, true);
    NDArray gain = norms.div(mean.add(EPS)).mul(pass.value(weight, x)).add(1);
    NDArray scaled = x.mul(gain);
    NDArray y = scaled.add(pass.value(bias, x));
    scaled.close();
    return y;
  }
}
