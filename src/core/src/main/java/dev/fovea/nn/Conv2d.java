package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.NormalInitializer;
import org.jspecify.annotations.Nullable;

/**
 * 2-D convolution with a square kernel: (B, in, H, W) -&gt; (B, out, H', W') with H' = (H + 2
 * padding - kernel) / stride + 1, rounded down.
 *
 * <p>Parameters: {@code weight} (out, in / groups, kernel, kernel), first N(0, sqrt(2 / fan_out)),
 * fan_out = kernel<sup>2</sup> out / groups (He et al., arXiv:1502.01852, eq. 14); {@code bias}
 * (out), first 0.
 */
public final class Conv2d extends Layer {

  private static final Shape NO_DILATION = new Shape(1, 1);

  private final Parameter weight;
  private final @Nullable Parameter bias;
  private final Shape stride;
  private final Shape padding;
  private final int groups;

  /**
   * Creates a convolution.
   *
   * @param in channels of the input
   * @param out channels of the output
   * @param kernel height and width of the kernel
   * @param stride step, in both directions
   * @param padding zeros added on each side
   * @param groups number of groups of channels that do not see each other
   * @param bias whether something is added
   */
  public Conv2d(int in, int out, int kernel, int stride, int padding, int groups, boolean bias) {
    double fanOut = (double) kernel * kernel * out / groups;
    NormalInitializer he = new NormalInitializer((float) Math.sqrt(2 / fanOut));
    this.weight = parameter("weight", Parameter.Type.WEIGHT, he, out, in / groups, kernel, kernel);
    this.bias = bias ? parameter("bias", Parameter.Type.BIAS, out) : null;
    this.stride = new Shape(stride, stride);
    this.padding = new Shape(padding, padding);
    this.groups = groups;
  }

  /**
   * Creates a convolution that cuts its input into patches: stride = kernel, no padding.
   *
   * @param in channels of the input
   * @param out channels of the output
   * @param size height and width of a patch
   * @return the layer
   */
  public static Conv2d patch(int in, int out, int size) {
    return new Conv2d(in, out, size, size, 0, 1, true);
  }

  /**
   * Creates a convolution with one filter per channel, which keeps height and width.
   *
   * @param channels channels of input and output
   * @param kernel height and width of the kernel; odd
   * @return the layer
   */
  public static Conv2d depthwise(int channels, int kernel) {
    return new Conv2d(channels, channels, kernel, 1, kernel / 2, channels, true);
  }

  /**
   * Creates a 1 x 1 convolution.
   *
   * @param in channels of the input
   * @param out channels of the output
   * @param bias whether something is added
   * @return the layer
   */
  public static Conv2d pointwise(int in, int out, boolean bias) {
    return new Conv2d(in, out, 1, 1, 0, 1, bias);
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    return ai.djl.nn.convolutional.Conv2d.conv2d(
            x, pass.value(weight, x), pass.value(bias, x), stride, padding, NO_DILATION, groups)
        .singletonOrThrow();
  }
}
