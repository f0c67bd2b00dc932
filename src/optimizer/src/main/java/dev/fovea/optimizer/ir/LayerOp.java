package dev.fovea.optimizer.ir;

import java.util.List;

/** Operations of neural networks: products, convolutions, windows, normalizations. */
public sealed interface LayerOp extends Op {

  /**
   * Convolution of x (B, C, H, W) with weight (M, C / groups, kH, kW) and an optional bias (M).
   *
   * @param strides step along H and W
   * @param pads zeros added at top, left, bottom, right
   * @param dilations distance between the taps of the kernel along H and W
   * @param groups number of channel groups
   */
  record Conv(List<Long> strides, List<Long> pads, List<Long> dilations, long groups)
      implements LayerOp {
    /** {@inheritDoc} */
    public Conv {
      strides = Checks.positive(strides, 2, "strides");
      pads = Checks.notNegative(pads, 4, "pads");
      dilations = Checks.positive(dilations, 2, "dilations");
      Checks.check(groups > 0, "groups", groups);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.layers().conv(this);
    }
  }

  /** Matrix product of a (..., M, K) and b (..., K, N); leading axes broadcast as in NumPy. */
  record MatMul() implements LayerOp {
    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.layers().matMul(this);
    }
  }

  /**
   * Softmax of x along one axis.
   *
   * @param axis the axis that sums to 1, counted from 0
   * @param log whether the result is the logarithm of the softmax
   */
  record Softmax(int axis, boolean log) implements LayerOp {
    /** {@inheritDoc} */
    public Softmax {
      Checks.check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.layers().softmax(this);
    }
  }

  /**
   * Layer normalization of x with scale and bias, both of the shape of the normalized axes.
   *
   * @param axis first of the normalized axes, counted from 0; they go to the last
   * @param epsilon added to the variance
   */
  record LayerNormalization(int axis, double epsilon) implements LayerOp {
    /** {@inheritDoc} */
    public LayerNormalization {
      Checks.check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.layers().layerNormalization(this);
    }
  }

  /**
   * Batch normalization of x (B, C, ...) with scale, bias, mean and variance (C), as in inference.
   *
   * @param epsilon added to the variance
   */
  record BatchNormalization(double epsilon) implements LayerOp {
    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.layers().batchNormalization(this);
    }
  }

  /**
   * Largest element of each window of x (B, C, H, W).
   *
   * @param kernel size of the window along H and W
   * @param strides step along H and W
   * @param pads padding at top, left, bottom, right; never the maximum
   * @param ceil whether there is a last, partial window; what lies beyond the padding never counts
   */
  record MaxPool(List<Long> kernel, List<Long> strides, List<Long> pads, boolean ceil)
      implements LayerOp {
    /** {@inheritDoc} */
    public MaxPool {
      kernel = Checks.positive(kernel, 2, "kernel");
      strides = Checks.positive(strides, 2, "strides");
      pads = Checks.notNegative(pads, 4, "pads");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.layers().maxPool(this);
    }
  }

  /**
   * Mean of each window of x (B, C, H, W).
   *
   * @param kernel size of the window along H and W
   * @param strides step along H and W
   * @param pads zeros added at top, left, bottom, right
   * @param ceil whether there is a last, partial window; what lies beyond the padding never counts
   * @param countPadding whether padding counts in the divisor
   */
  record AveragePool(
      List<Long> kernel, List<Long> strides, List<Long> pads, boolean ceil, boolean countPadding)
      implements LayerOp {
    /** {@inheritDoc} */
    public AveragePool {
      kernel = Checks.positive(kernel, 2, "kernel");
      strides = Checks.positive(strides, 2, "strides");
      pads = Checks.notNegative(pads, 4, "pads");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.layers().averagePool(this);
    }
  }

  /**
   * Interpolates x (B, C, H, W) over H and W, without antialiasing. Operands: x, then one int64
   * scalar per {@link Op#FROM_INPUT}.
   *
   * @param mode the interpolation
   * @param alignCorners whether the corner pixels' centres, not the corners of the image, are
   *     aligned
   * @param sizes new H and W: each a number or {@link Op#FROM_INPUT}
   */
  record Resize(Mode mode, boolean alignCorners, List<Long> sizes) implements LayerOp {
    /** How a pixel of the result is computed. */
    public enum Mode {
      /** The pixel floor(i * size / newSize). */
      NEAREST,
      /** Bilinear. */
      LINEAR,
      /**
       * Bicubic with a = -0.5; the weights of pixels outside of the image are dropped and the rest
       * is rescaled to sum to 1, as Pillow does.
       */
      CUBIC
    }

    /** {@inheritDoc} */
    public Resize {
      sizes = Checks.sized(sizes, 2, "sizes");
      Checks.check(sizes.stream().allMatch(s -> s > 0 || s == FROM_INPUT), "sizes", sizes);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.layers().resize(this);
    }
  }
}
