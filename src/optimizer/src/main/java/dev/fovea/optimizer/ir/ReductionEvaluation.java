package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.function.BiFunction;

/** Runs reductions. */
final class ReductionEvaluation extends OperandArrays implements OpVisitor.Reductions<NDArray> {
  ReductionEvaluation(NDList operands) {
    super(operands);
  }

  @Override
  public NDArray reduce(ReductionOp.Reduce op) {
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
  public NDArray argExtreme(ReductionOp.ArgExtreme op) {
    return op.largest() ? x.argMax(op.axis()) : x.argMin(op.axis());
  }

  @Override
  public NDArray cumSum(ReductionOp.CumSum op) {
    return x.cumSum(op.axis());
  }
}
