package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;

/** Runs layers. */
final class LayerEvaluation extends OperandArrays implements OpVisitor.Layers<NDArray> {
  LayerEvaluation(NDList operands) {
    super(operands);
  }

  @Override
  public NDArray conv(LayerOp.Conv op) {
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
  public NDArray matMul(LayerOp.MatMul op) {
    return x.matMul(operands.get(1));
  }

  @Override
  public NDArray softmax(LayerOp.Softmax op) {
    return op.log() ? x.logSoftmax(op.axis()) : x.softmax(op.axis());
  }

  @Override
  public NDArray layerNormalization(LayerOp.LayerNormalization op) {
    Shape normalized = x.getShape().slice(op.axis());
    return x.getNDArrayInternal()
        .layerNorm(x, normalized, operands.get(1), operands.get(2), (float) op.epsilon())
        .singletonOrThrow();
  }

  @Override
  public NDArray batchNormalization(LayerOp.BatchNormalization op) {
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
  public NDArray resize(LayerOp.Resize op) {
    long[] sizes = sizes(op.sizes());
    boolean shrinks = sizes[0] < x.size(2) || sizes[1] < x.size(3);
    if (op.alignCorners() || (shrinks && op.mode() != LayerOp.Resize.Mode.NEAREST)) {
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
  public NDArray maxPool(LayerOp.MaxPool op) {
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
  public NDArray averagePool(LayerOp.AveragePool op) {
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
}
