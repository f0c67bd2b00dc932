package dev.fovea.optimizer.ir;

import java.util.ArrayList;
import java.util.List;

/** The types of the results of reductions. */
final class ReductionTypes extends OperandTypes implements OpVisitor.Reductions<Type> {
  ReductionTypes(List<Type> operands) {
    super(operands);
  }

  @Override
  public Type reduce(ReductionOp.Reduce op) {
    boolean any =
        op.kind() == ReductionOp.Reduce.Kind.MAX || op.kind() == ReductionOp.Reduce.Kind.MIN;
    Sizes.require(any || x.dataType().isFloating(), "floating-point elements are needed");
    op.axes().forEach(this::requireAxis);
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      if (!op.axes().contains(i)) {
        dims.add(x.dims().get(i));
      } else if (op.keepDims()) {
        dims.add(1L);
      }
    }
    return x.withDims(dims);
  }
}
