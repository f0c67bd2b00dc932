package dev.fovea.optimizer.ir;

import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;

/** The types of the results of operations that choose or join. */
final class IndexTypes extends OperandTypes implements OpVisitor.Indexing<Type> {
  IndexTypes(List<Type> operands) {
    super(operands);
  }

  @Override
  public Type concat(IndexOp.Concat op) {
    sameElements(operands);
    requireAxis(op.axis());
    List<Long> dims = new ArrayList<>(x.dims());
    for (Type next : operands.subList(1, operands.size())) {
      requireRank(next, x.rank());
      for (int i = 0; i < x.rank(); i++) {
        long a = dims.get(i);
        long b = next.dims().get(i);
        boolean unknown = a == Type.DYNAMIC || b == Type.DYNAMIC;
        if (i == op.axis()) {
          dims.set(i, unknown ? Type.DYNAMIC : a + b);
        } else {
          Sizes.require(Sizes.fits(a, b), "sizes " + a + " and " + b + " of axis " + i + " differ");
          dims.set(i, Math.max(a, b));
        }
      }
    }
    return x.withDims(dims);
  }

  @Override
  public Type slice(IndexOp.Slice op) {
    List<Long> dims = new ArrayList<>(x.dims());
    for (int i = 0; i < op.axes().size(); i++) {
      int axis = op.axes().get(i);
      long size = dims.get(axis);
      if (size != Type.DYNAMIC) {
        long start = Sizes.bound(op.starts().get(i), size);
        long end = Sizes.bound(op.ends().get(i), size);
        dims.set(axis, -Math.floorDiv(-Math.max(end - start, 0), op.steps().get(i)));
      }
    }
    return x.withDims(dims);
  }

  @Override
  public Type gather(IndexOp.Gather op) {
    Sizes.require(operands.get(1).dataType() == DataType.INT64, "indices are int64");
    requireAxis(op.axis());
    List<Long> dims = new ArrayList<>(x.dims());
    dims.remove(op.axis());
    dims.addAll(op.axis(), operands.get(1).dims());
    return x.withDims(dims);
  }

  @Override
  public Type gatherElements(IndexOp.GatherElements op) {
    Type indices = operands.get(1);
    Sizes.require(indices.dataType() == DataType.INT64, "indices are int64");
    requireAxis(op.axis());
    requireRank(indices, x.rank());
    return x.withDims(indices.dims());
  }

  @Override
  public Type sort(IndexOp.Sort op) {
    requireAxis(op.axis());
    List<Long> dims = new ArrayList<>(x.dims());
    if (op.limit() != IndexOp.Sort.ALL) {
      long size = dims.get(op.axis());
      Sizes.require(size == Type.DYNAMIC || op.limit() <= size, "limit above the size " + size);
      dims.set(op.axis(), op.limit());
    }
    return new Type(op.places() ? DataType.INT64 : x.dataType(), dims);
  }
}
