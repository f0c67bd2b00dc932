package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * One operation on arrays. Leaves no array behind but its result, which is attached to the manager
 * of the first operand and may be a view of it.
 */
final class Evaluation implements OpVisitor<NDArray> {
  private final NDList operands;
  private final NDArray x;

  Evaluation(NDList operands) {
    this.operands = operands;
    this.x = operands.head();
  }

  @Override
  public NDArray conv(Op.Conv op) {
    @Nullable NDArray bias = operands.size() > 2 ? operands.get(2) : null;
    Shape strides = new Shape(op.strides());
    Shape dilations = new Shape(op.dilations());
    int groups = Math.toIntExact(op.groups());
    return Padding.padded(
        x,
        op.pads(),
        0,
        (image, pads) ->
            image
                .getNDArrayInternal()
                .convolution(image, operands.get(1), bias, strides, pads, dilations, groups)
                .singletonOrThrow());
  }

  @Override
  public NDArray matMul(Op.MatMul op) {
    return x.matMul(operands.get(1));
  }

  @Override
  public NDArray binary(Op.Binary op) {
    NDArray y = operands.get(1);
    return switch (op.kind()) {
      case ADD -> x.add(y);
      case SUB -> x.sub(y);
      case MUL -> x.mul(y);
      case DIV -> x.div(y);
      case POW -> x.pow(y);
      case MIN -> x.minimum(y);
      case MAX -> x.maximum(y);
    };
  }

  @Override
  public NDArray unary(Op.Unary op) {
    return switch (op.kind()) {
      case RELU -> x.getNDArrayInternal().relu();
      case GELU -> x.getNDArrayInternal().gelu();
      case SIGMOID -> x.getNDArrayInternal().sigmoid();
      case TANH -> x.tanh();
      case ERF -> x.erf();
      case EXP -> x.exp();
      case LOG -> x.log();
      case SQRT -> x.sqrt();
      case NEG -> x.neg();
      case ABS -> x.abs();
      case SILU -> silu();
      case FLOOR -> x.floor();
      case CEIL -> x.ceil();
      case ROUND -> x.round();
    };
  }

  private NDArray silu() {
    try (NDArray gate = x.getNDArrayInternal().sigmoid()) {
      return x.mul(gate);
    }
  }

  /** Not NDArray.clip: the PyTorch engine leaves its two bounds on the manager. */
  @Override
  public NDArray clip(Op.Clip op) {
    boolean single = x.getDataType() == DataType.FLOAT32;
    try (NDArray low = x.maximum(single ? (Number) (float) op.low() : (Number) op.low())) {
      return low.minimum(single ? (Number) (float) op.high() : (Number) op.high());
    }
  }

  @Override
  public NDArray softmax(Op.Softmax op) {
    return op.log() ? x.logSoftmax(op.axis()) : x.softmax(op.axis());
  }

  @Override
  public NDArray layerNormalization(Op.LayerNormalization op) {
    Shape normalized = x.getShape().slice(op.axis());
    return x.getNDArrayInternal()
        .layerNorm(x, normalized, operands.get(1), operands.get(2), (float) op.epsilon())
        .singletonOrThrow();
  }

  @Override
  public NDArray batchNormalization(Op.BatchNormalization op) {
    NDArray scale = operands.get(1);
    NDArray bias = operands.get(2);
    NDArray mean = operands.get(3);
    NDArray variance = operands.get(4);
    // Axis -1 is the engine's own axis 1; any other one moves the operand between managers.
    return x.getNDArrayInternal()
        .batchNorm(x, mean, variance, scale, bias, -1, 0.9f, (float) op.epsilon(), false)
        .singletonOrThrow();
  }

  @Override
  public NDArray reduce(Op.Reduce op) {
    boolean keep = op.keepDims();
    BiFunction<NDArray, int[], NDArray> step =
        switch (op.kind()) {
          case MEAN -> (a, axis) -> a.mean(axis, keep);
          case SUM -> (a, axis) -> a.sum(axis, keep);
          case MAX -> (a, axis) -> a.max(axis, keep);
          case MIN -> (a, axis) -> a.min(axis, keep);
          case PROD -> (a, axis) -> a.prod(axis, keep);
        };
    // The PyTorch engine takes one axis at a time; from the last, so that the numbers stay right.
    NDArray y = x;
    for (int i = op.axes().size() - 1; i >= 0; i--) {
      NDArray next = step.apply(y, new int[] {op.axes().get(i)});
      closeUnlessOperand(y);
      y = next;
    }
    return y;
  }

  @Override
  public NDArray reshape(Op.Reshape op) {
    long[] sizes = sizes(op.sizes());
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = sizes[i] == Op.COPY ? x.size(i) : sizes[i];
    }
    return x.reshape(new Shape(sizes));
  }

  @Override
  public NDArray transpose(Op.Transpose op) {
    return x.transpose(ints(op.perm()));
  }

  @Override
  public NDArray squeeze(Op.Squeeze op) {
    return x.squeeze(ints(op.axes()));
  }

  @Override
  public NDArray unsqueeze(Op.Unsqueeze op) {
    NDArray y = x;
    for (int axis : op.axes()) {
      NDArray next = y.expandDims(axis);
      closeUnlessOperand(y);
      y = next;
    }
    return y;
  }

  @Override
  public NDArray concat(Op.Concat op) {
    return x.getNDArrayInternal().concat(operands.subNDList(1), op.axis());
  }

  @Override
  public NDArray slice(Op.Slice op) {
    NDIndex index = new NDIndex();
    for (int axis = 0; axis < x.getShape().dimension(); axis++) {
      int i = op.axes().indexOf(axis);
      if (i < 0) {
        index.addAllDim();
      } else {
        index.addSliceDim(op.starts().get(i), op.ends().get(i), op.steps().get(i));
      }
    }
    return x.get(index);
  }

  @Override
  public NDArray gather(Op.Gather op) {
    return x.get(new NDIndex().addAllDim(op.axis()).addIndices("{}", operands.get(1)));
  }

  @Override
  public NDArray resize(Op.Resize op) {
    long[] sizes = sizes(op.sizes());
    boolean shrinks = sizes[0] < x.size(2) || sizes[1] < x.size(3);
    if (op.alignCorners() || (shrinks && op.mode() != Op.Resize.Mode.NEAREST)) {
      throw new UnsupportedOperationException(
          GraphText.of(op)
              + " from "
              + x.getShape()
              + ": DJL's interpolation has no aligned corners, and blurs when it shrinks");
    }
    int mode = switch (op.mode()) { // the ordinal of ai.djl.modality.cv.Image.Interpolation
          case NEAREST -> 0;
          case LINEAR -> 1;
          case CUBIC -> 3;
        };
    return x.getNDArrayInternal().interpolation(sizes, mode, false);
  }

  @Override
  public NDArray maxPool(Op.MaxPool op) {
    return Padding.padded(
        x,
        op.pads(),
        Double.NEGATIVE_INFINITY,
        (image, pads) ->
            image
                .getNDArrayInternal()
                .maxPool(new Shape(op.kernel()), new Shape(op.strides()), pads, op.ceil()));
  }

  /**
   * The PyTorch engine always counts the padding; dividing by the share of real pixels undoes it.
   */
  @Override
  public NDArray averagePool(Op.AveragePool op) {
    NDArray counted = Padding.mean(x, op);
    if (op.countPadding() || op.pads().stream().allMatch(p -> p == 0)) {
      return counted;
    }
    Shape image = new Shape(1, 1, x.size(2), x.size(3));
    try (counted;
        NDArray ones = x.getManager().ones(image, x.getDataType());
        NDArray share = Padding.mean(ones, op)) {
      return counted.div(share);
    }
  }

  @Override
  public NDArray cast(Op.Cast op) {
    return x.toType(op.to(), false);
  }

  @Override
  public NDArray expand(Op.Expand op) {
    long[] sizes = sizes(op.sizes());
    long[] dims = x.getShape().getShape();
    long[] target = dims.length < sizes.length ? sizes : dims.clone();
    for (int i = 1; i <= Math.min(dims.length, sizes.length); i++) {
      long dim = dims[dims.length - i];
      target[target.length - i] = dim == 1 ? sizes[sizes.length - i] : dim;
    }
    return x.broadcast(new Shape(target));
  }

  @Override
  public NDArray size(Op.Size op) {
    return x.getManager().create(x.size(op.axis()));
  }

  @Override
  public NDArray quantizeLinear(Op.QuantizeLinear op) {
    return Quantization.quantize(op, x, operands.get(1), operands.get(2));
  }

  @Override
  public NDArray dequantizeLinear(Op.DequantizeLinear op) {
    return Quantization.dequantize(op, x, operands.get(1), operands.get(2));
  }

  /** The sizes, with those that are operands read. */
  private long[] sizes(List<Long> sizes) {
    long[] result = new long[sizes.size()];
    int next = 1;
    for (int i = 0; i < result.length; i++) {
      result[i] = sizes.get(i) == Op.FROM_INPUT ? scalar(operands.get(next++)) : sizes.get(i);
    }
    return result;
  }

  /** Not NDArray.getLong: it leaves an array on the manager. */
  private static long scalar(NDArray size) {
    return size.toLongArray()[0];
  }

  private void closeUnlessOperand(NDArray array) {
    if (array != x) {
      array.close();
    }
  }

  private static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }
}
