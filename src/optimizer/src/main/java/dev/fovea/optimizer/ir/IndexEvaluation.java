package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;

/** Runs operations that choose or join. */
final class IndexEvaluation extends OperandArrays implements OpVisitor.Indexing<NDArray> {
  IndexEvaluation(NDList operands) {
    super(operands);
  }

  @Override
  public NDArray concat(IndexOp.Concat op) {
    return x.getNDArrayInternal().concat(operands.subNDList(1), op.axis());
  }

  @Override
  public NDArray slice(IndexOp.Slice op) {
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
  public NDArray gather(IndexOp.Gather op) {
    return x.get(new NDIndex().addAllDim(op.axis()).addIndices("{}", operands.get(1)));
  }
}
