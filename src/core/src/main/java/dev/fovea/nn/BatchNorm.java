package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;

/**
 * Batch normalization (Ioffe and Szegedy, arXiv:1502.03167) of each channel: (B, C, H, W) -&gt;
 * same. While training, with the mean and variance of the batch, which also move the running ones
 * by a tenth; else with the running ones.
 *
 * <p>Parameters: {@code weight}, first 1, {@code bias}, first 0, {@code running_mean}, {@code
 * running_var}: all (C).
 */
public final class BatchNorm extends Layer {

  private static final float EPS = 1e-5f; // of every checkpoint that is published with one
  private static final float KEPT = 0.9f; // of a running statistic per step: torch's momentum 0.1
  private static final int CHANNELS_SECOND = -1; // DJL: the engine's own axis, without a copy

  private final Parameter weight;
  private final Parameter bias;
  private final Parameter mean;
  private final Parameter variance;

  /**
   * Creates a norm.
   *
   * @param channels C
   */
  public BatchNorm(int channels) {
    weight = parameter("weight", Parameter.Type.GAMMA, channels);
    bias = parameter("bias", Parameter.Type.BETA, channels);
    mean = parameter("running_mean", Parameter.Type.RUNNING_MEAN, channels);
    variance = parameter("running_var", Parameter.Type.RUNNING_VAR, channels);
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    return ai.djl.nn.norm.BatchNorm.batchNorm(
            x,
            pass.value(mean, x),
            pass.value(variance, x),
            pass.value(weight, x),
            pass.value(bias, x),
            CHANNELS_SECOND,
            KEPT,
            EPS,
            pass.training())
        .singletonOrThrow();
  }
}
