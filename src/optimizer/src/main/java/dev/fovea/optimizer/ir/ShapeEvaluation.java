package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

/** Runs changes of the shape. */
final class ShapeEvaluation extends OperandArrays implements OpVisitor.Shapes<NDArray> {
  ShapeEvaluation(NDList operands) {
    super(operands);
  }

  @Override
  public NDArray reshape(ShapeOp.Reshape op) {
    long[] sizes = sizes(op.sizes());
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = sizes[i] == Op.COPY ? x.size(i) : sizes[i];
    }
    return x.reshape(new Shape(sizes));
  }

  @Override
  public NDArray transpose(ShapeOp.Transpose op) {
    return x.transpose(ints(op.perm()));
  }

  @Override
  public NDArray squeeze(ShapeOp.Squeeze op) {
    // The engine takes no axes for all.
    return op.axes().isEmpty() ? x : x.squeeze(ints(op.axes()));
  }

  @Override
  public NDArray unsqueeze(ShapeOp.Unsqueeze op) {
    NDArray y = x;
    for (int axis : op.axes()) {
      NDArray next = y.expandDims(axis);
      closeUnlessOperand(y);
      y = next;
    }
    return y;
  }

  @Override
  public NDArray expand(ShapeOp.Expand op) {
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
  public NDArray size(ShapeOp.Size op) {
    return x.getManager().create(x.size(op.axis()));
  }
}
