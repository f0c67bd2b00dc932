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
    // The engine does not join one array.
    return operands.size() == 1
        ? x
        : x.getNDArrayInternal().concat(operands.subNDList(1), op.axis());
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

  @Override
  public NDArray gatherElements(IndexOp.GatherElements op) {
    return x.gather(operands.get(1), op.axis());
  }

  @Override
  public NDArray sort(IndexOp.Sort op) {
    long count = op.limit() == IndexOp.Sort.ALL ? x.size(op.axis()) : op.limit();
    NDList sorted = x.topK(Math.toIntExact(count), op.axis(), op.descending(), true);
    sorted.get(op.places() ? 0 : 1).close();
    return sorted.get(op.places() ? 1 : 0);
  }
}
