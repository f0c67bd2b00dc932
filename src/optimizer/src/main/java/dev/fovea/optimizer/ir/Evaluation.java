package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/**
 * One operation on arrays. Leaves no array behind but its result, which is attached to the manager
 * of the first operand and may be a view of it.
 */
final class Evaluation implements OpVisitor<NDArray> {
  private final NDList operands;

  Evaluation(NDList operands) {
    this.operands = operands;
  }

  @Override
  public OpVisitor.Layers<NDArray> layers() {
    return new LayerEvaluation(operands);
  }

  @Override
  public OpVisitor.Elements<NDArray> elements() {
    return new ElementEvaluation(operands);
  }

  @Override
  public OpVisitor.Reductions<NDArray> reductions() {
    return new ReductionEvaluation(operands);
  }

  @Override
  public OpVisitor.Shapes<NDArray> shapes() {
    return new ShapeEvaluation(operands);
  }

  @Override
  public OpVisitor.Indexing<NDArray> indexing() {
    return new IndexEvaluation(operands);
  }

  @Override
  public OpVisitor.Sequences<NDArray> sequences() {
    return new RecurrentEvaluation(operands);
  }
}
