package dev.fovea.optimizer.ir;

import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;

/** The types of the results of changes of the shape. */
final class ShapeTypes extends OperandTypes implements OpVisitor.Shapes<Type> {
  ShapeTypes(List<Type> operands) {
    super(operands);
  }

  @Override
  public Type reshape(ShapeOp.Reshape op) {
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < op.sizes().size(); i++) {
      long size = op.sizes().get(i);
      dims.add(size == Op.COPY ? x.dims().get(i) : Math.max(size, Type.DYNAMIC));
    }
    int inferred = op.sizes().indexOf(Op.INFER);
    boolean known = x.isStatic() && !op.sizes().contains(Op.FROM_INPUT);
    if (known && inferred >= 0) {
      dims.set(inferred, 1L);
      long rest = Sizes.product(dims);
      Sizes.require(
          rest > 0 && Sizes.product(x.dims()) % rest == 0, "the number of elements must be kept");
      dims.set(inferred, Sizes.product(x.dims()) / rest);
    } else if (known) {
      Sizes.require(
          Sizes.product(dims) == Sizes.product(x.dims()), "the number of elements must be kept");
    }
    return x.withDims(dims);
  }

  @Override
  public Type transpose(ShapeOp.Transpose op) {
    requireRank(x, op.perm().size());
    return x.withDims(op.perm().stream().map(x.dims()::get).toList());
  }

  @Override
  public Type squeeze(ShapeOp.Squeeze op) {
    List<Long> dims = new ArrayList<>(x.dims());
    for (int i = op.axes().size() - 1; i >= 0; i--) {
      long removed = dims.remove((int) op.axes().get(i));
      Sizes.require(Sizes.fits(removed, 1), "axis " + op.axes().get(i) + " is not of size 1");
    }
    return x.withDims(dims);
  }

  @Override
  public Type unsqueeze(ShapeOp.Unsqueeze op) {
    List<Long> dims = new ArrayList<>(x.dims());
    op.axes().forEach(axis -> dims.add(axis, 1L));
    return x.withDims(dims);
  }

  @Override
  public Type expand(ShapeOp.Expand op) {
    List<Long> sizes = op.sizes().stream().map(size -> Math.max(size, Type.DYNAMIC)).toList();
    return x.withDims(Sizes.broadcast(x.dims(), sizes));
  }

  @Override
  public Type size(ShapeOp.Size op) {
    requireAxis(op.axis());
    return new Type(DataType.INT64, List.of());
  }
}
