package dev.fovea.optimizer.ir;

import ai.djl.ndarray.types.DataType;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a node computes: attributes only, no tensors. One record per operation, named after ONNX;
 * its description names the operands in their order.
 *
 * <p>Adding an operation means adding a record and a {@link OpVisitor} method; the compiler then
 * asks for it in the interpreter and in every emitter.
 */
public sealed interface Op {

  /** In {@link Reshape}, {@link Resize} and {@link Expand}: the size is the next extra operand. */
  long FROM_INPUT = -2;

  /** In {@link Reshape}: the one size that follows from the number of elements. */
  long INFER = -1;

  /** In {@link Reshape}: the size of the same axis of x. */
  long COPY = 0;

  /** In {@link QuantizeLinear} and {@link DequantizeLinear}: one scale for all elements. */
  int PER_TENSOR = -1;

  /**
   * Calls the visitor's method for this operation.
   *
   * @param visitor the visitor
   * @param <R> the visitor's result type
   * @return what the visitor's method returns
   */
  <R> R accept(OpVisitor<R> visitor);

  /**
   * Convolution of x (B, C, H, W) with weight (M, C / groups, kH, kW) and an optional bias (M).
   *
   * @param strides step along H and W
   * @param pads zeros added at top, left, bottom, right
   * @param dilations distance between the taps of the kernel along H and W
   * @param groups number of channel groups
   */
  record Conv(List<Long> strides, List<Long> pads, List<Long> dilations, long groups)
      implements Op {
    /** {@inheritDoc} */
    public Conv {
      strides = positive(strides, 2, "strides");
      pads = notNegative(pads, 4, "pads");
      dilations = positive(dilations, 2, "dilations");
      check(groups > 0, "groups", groups);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.conv(this);
    }
  }

  /** Matrix product of a (..., M, K) and b (..., K, N); leading axes broadcast as in NumPy. */
  record MatMul() implements Op {
    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.matMul(this);
    }
  }

  /**
   * A function of two operands of one element type, broadcast as in NumPy.
   *
   * @param kind the function
   */
  record Binary(Binary.Kind kind) implements Op {
    /** The function of the two operands. */
    public enum Kind {
      /** x + y. */
      ADD,
      /** x - y. */
      SUB,
      /** x * y. */
      MUL,
      /** x / y. */
      DIV,
      /** x to the power of y. */
      POW,
      /** The smaller one. */
      MIN,
      /** The larger one. */
      MAX
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.binary(this);
    }
  }

  /**
   * A function of each element.
   *
   * @param kind the function
   */
  record Unary(Unary.Kind kind) implements Op {
    /** The function of each element. */
    public enum Kind {
      /** max(x, 0). */
      RELU,
      /** x / 2 * (1 + erf(x / sqrt(2))), the exact form. */
      GELU,
      /** 1 / (1 + exp(-x)). */
      SIGMOID,
      /** Hyperbolic tangent. */
      TANH,
      /** The error function. */
      ERF,
      /** Natural exponential. */
      EXP,
      /** Natural logarithm. */
      LOG,
      /** Square root. */
      SQRT,
      /** -x. */
      NEG,
      /** Absolute value. */
      ABS,
      /** x * sigmoid(x). */
      SILU,
      /** Largest integer that is not above x. */
      FLOOR,
      /** Smallest integer that is not below x. */
      CEIL,
      /** Nearest integer, halves to the even one. */
      ROUND
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.unary(this);
    }
  }

  /**
   * min(max(x, low), high).
   *
   * @param low lower bound
   * @param high upper bound
   */
  record Clip(double low, double high) implements Op {
    /** {@inheritDoc} */
    public Clip {
      check(low <= high, "low <= high", low + ", " + high);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.clip(this);
    }
  }

  /**
   * Softmax of x along one axis.
   *
   * @param axis the axis that sums to 1, counted from 0
   * @param log whether the result is the logarithm of the softmax
   */
  record Softmax(int axis, boolean log) implements Op {
    /** {@inheritDoc} */
    public Softmax {
      check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.softmax(this);
    }
  }

  /**
   * Layer normalization of x with scale and bias, both of the shape of the normalized axes.
   *
   * @param axis first of the normalized axes, counted from 0; they go to the last
   * @param epsilon added to the variance
   */
  record LayerNormalization(int axis, double epsilon) implements Op {
    /** {@inheritDoc} */
    public LayerNormalization {
      check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.layerNormalization(this);
    }
  }

  /**
   * Batch normalization of x (B, C, ...) with scale, bias, mean and variance (C), as in inference.
   *
   * @param epsilon added to the variance
   */
  record BatchNormalization(double epsilon) implements Op {
    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.batchNormalization(this);
    }
  }

  /**
   * Reduces x over some axes.
   *
   * @param kind the function
   * @param axes the reduced axes, ascending, counted from 0
   * @param keepDims whether reduced axes stay, with size 1
   */
  record Reduce(Reduce.Kind kind, List<Integer> axes, boolean keepDims) implements Op {
    /** The function of the elements that are reduced to one. */
    public enum Kind {
      /** Arithmetic mean. */
      MEAN,
      /** Sum. */
      SUM,
      /** Largest. */
      MAX,
      /** Smallest. */
      MIN,
      /** Product. */
      PROD
    }

    /** {@inheritDoc} */
    public Reduce {
      axes = ascending(axes, "axes");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.reduce(this);
    }
  }

  /**
   * Gives x another shape. Operands: x, then one int64 scalar per {@link #FROM_INPUT}.
   *
   * @param sizes one size per axis of the result: a number, {@link #COPY}, {@link #INFER} (at most
   *     once) or {@link #FROM_INPUT}
   */
  record Reshape(List<Long> sizes) implements Op {
    /** {@inheritDoc} */
    public Reshape {
      sizes = List.copyOf(sizes);
      check(sizes.stream().allMatch(s -> s >= FROM_INPUT), "sizes", sizes);
      check(Collections.frequency(sizes, INFER) <= 1, "sizes with one INFER", sizes);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.reshape(this);
    }
  }

  /**
   * Reorders the axes of x.
   *
   * @param perm axis i of the result is axis perm[i] of x
   */
  record Transpose(List<Integer> perm) implements Op {
    /** {@inheritDoc} */
    public Transpose {
      perm = List.copyOf(perm);
      check(isPermutation(perm), "perm", perm);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.transpose(this);
    }
  }

  /**
   * Removes axes of size 1 from x.
   *
   * @param axes the removed axes, ascending, counted from 0 in x
   */
  record Squeeze(List<Integer> axes) implements Op {
    /** {@inheritDoc} */
    public Squeeze {
      axes = ascending(axes, "axes");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.squeeze(this);
    }
  }

  /**
   * Inserts axes of size 1 into x.
   *
   * @param axes the new axes, ascending, counted from 0 in the result
   */
  record Unsqueeze(List<Integer> axes) implements Op {
    /** {@inheritDoc} */
    public Unsqueeze {
      axes = ascending(axes, "axes");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.unsqueeze(this);
    }
  }

  /**
   * Concatenates any number of operands.
   *
   * @param axis the axis along which the operands follow each other, counted from 0
   */
  record Concat(int axis) implements Op {
    /** {@inheritDoc} */
    public Concat {
      check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.concat(this);
    }
  }

  /**
   * x[start:end:step] on each listed axis; bounds beyond the axis are clamped as in NumPy.
   *
   * @param axes the sliced axes, ascending, counted from 0
   * @param starts first index per axis; negative: counted from the back
   * @param ends index after the last, per axis; negative: counted from the back; {@link
   *     Long#MAX_VALUE}: to the end
   * @param steps distance per axis, 1 or more
   */
  record Slice(List<Integer> axes, List<Long> starts, List<Long> ends, List<Long> steps)
      implements Op {
    /** {@inheritDoc} */
    public Slice {
      axes = ascending(axes, "axes");
      starts = sized(starts, axes.size(), "starts");
      ends = sized(ends, axes.size(), "ends");
      steps = positive(steps, axes.size(), "steps");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.slice(this);
    }
  }

  /**
   * data[..., indices, ...] on one axis. Operands: data, indices (int64, not negative, any shape).
   *
   * @param axis the indexed axis, counted from 0
   */
  record Gather(int axis) implements Op {
    /** {@inheritDoc} */
    public Gather {
      check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.gather(this);
    }
  }

  /**
   * Interpolates x (B, C, H, W) over H and W, without antialiasing. Operands: x, then one int64
   * scalar per {@link #FROM_INPUT}.
   *
   * @param mode the interpolation
   * @param alignCorners whether the corner pixels' centres, not the corners of the image, are
   *     aligned
   * @param sizes new H and W: each a number or {@link #FROM_INPUT}
   */
  record Resize(Mode mode, boolean alignCorners, List<Long> sizes) implements Op {
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
      sizes = sized(sizes, 2, "sizes");
      check(sizes.stream().allMatch(s -> s > 0 || s == FROM_INPUT), "sizes", sizes);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.resize(this);
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
      implements Op {
    /** {@inheritDoc} */
    public MaxPool {
      kernel = positive(kernel, 2, "kernel");
      strides = positive(strides, 2, "strides");
      pads = notNegative(pads, 4, "pads");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.maxPool(this);
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
      implements Op {
    /** {@inheritDoc} */
    public AveragePool {
      kernel = positive(kernel, 2, "kernel");
      strides = positive(strides, 2, "strides");
      pads = notNegative(pads, 4, "pads");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.averagePool(this);
    }
  }

  /**
   * Changes the element type of x.
   *
   * @param to the new element type
   */
  record Cast(DataType to) implements Op {
    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.cast(this);
    }
  }

  /**
   * Broadcasts x with the sizes, as in NumPy. Operands: x, then one int64 scalar per {@link
   * #FROM_INPUT}.
   *
   * @param sizes one size per axis, aligned at the last one: a number or {@link #FROM_INPUT}; 1
   *     keeps x's size
   */
  record Expand(List<Long> sizes) implements Op {
    /** {@inheritDoc} */
    public Expand {
      sizes = List.copyOf(sizes);
      check(sizes.stream().allMatch(s -> s > 0 || s == FROM_INPUT), "sizes", sizes);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.expand(this);
    }
  }

  /**
   * The size of one axis of x, an int64 scalar: how a dynamic size enters a graph.
   *
   * @param axis the measured axis, counted from 0
   */
  record Size(int axis) implements Op {
    /** {@inheritDoc} */
    public Size {
      check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.size(this);
    }
  }

  /**
   * round(x / scale) + zeroPoint, halves to the even number, clamped to the range of an integer
   * type. Operands: float32 x, scale and zeroPoint, which has the integer type.
   *
   * @param to the integer type: UINT8 or INT8
   * @param axis the axis along which scale and zero point vary, counted from 0; {@link #PER_TENSOR}
   *     if they are one number each
   */
  record QuantizeLinear(DataType to, int axis) implements Op {
    /** {@inheritDoc} */
    public QuantizeLinear {
      check(to == DataType.UINT8 || to == DataType.INT8, "integer type", to);
      check(axis >= PER_TENSOR, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.quantizeLinear(this);
    }
  }

  /**
   * (x - zeroPoint) * scale. Operands: x (UINT8, INT8 or INT32), the float32 scale and the zero
   * point, of x's type.
   *
   * @param axis the axis along which scale and zero point vary, counted from 0; {@link #PER_TENSOR}
   *     if they are one number each
   */
  record DequantizeLinear(int axis) implements Op {
    /** {@inheritDoc} */
    public DequantizeLinear {
      check(axis >= PER_TENSOR, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.dequantizeLinear(this);
    }
  }

  private static void check(boolean valid, String what, Object got) {
    if (!valid) {
      throw new IllegalArgumentException("Wrong " + what + ": " + got);
    }
  }

  private static <T> List<T> sized(List<T> list, int size, String what) {
    check(list.size() == size, what + ", expected " + size, list);
    return List.copyOf(list);
  }

  private static List<Long> positive(List<Long> list, int size, String what) {
    check(list.stream().allMatch(n -> n > 0), what, list);
    return sized(list, size, what);
  }

  private static List<Long> notNegative(List<Long> list, int size, String what) {
    check(list.stream().allMatch(n -> n >= 0), what, list);
    return sized(list, size, what);
  }

  private static List<Integer> ascending(List<Integer> axes, String what) {
    boolean sorted =
        IntStream.range(0, axes.size())
            .allMatch(i -> axes.get(i) > (i == 0 ? -1 : axes.get(i - 1)));
    check(sorted, what + ", expected ascending from 0", axes);
    return List.copyOf(axes);
  }

  private static boolean isPermutation(List<Integer> perm) {
    return IntStream.range(0, perm.size()).allMatch(perm::contains);
  }
}
