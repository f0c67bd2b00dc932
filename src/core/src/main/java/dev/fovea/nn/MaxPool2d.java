package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.pooling.Pool;

/**
 * The largest value of each square window: (B, C, H, W) -&gt; (B, C, H', W') with H' = (H + 2
 * padding - kernel) / stride + 1, rounded down. What is padded never wins.
 */
public final class MaxPool2d extends Layer {

  private final Shape kernel;
  private final Shape stride;
  private final Shape padding;

  /**
   * Creates a layer.
   *
   * @param kernel height and width of the window
   * @param stride step, in both directions
   * @param padding positions added on each side; at most half of the kernel
   */
  public MaxPool2d(int kernel, int stride, int padding) {
    this.kernel = new Shape(kernel, kernel);
    this.stride = new Shape(stride, stride);
    this.padding = new Shape(padding, padding);
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    return Pool.maxPool2d(x, kernel, stride, padding, false);
  }
}
