package dev.fovea.optimizer.ir;

import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;

/** The types of the results of reductions. */
final class ReductionTypes extends OperandTypes implements OpVisitor.Reductions<Type> {
  ReductionTypes(List<Type> operands) {
    super(operands);
  }

  @Override
  public Type reduce(ReductionOp.Reduce op) {
    boolean real = op.kind() == ReductionOp.Reduce.Kind.MEAN;
    Sizes.require(!real || x.dataType().isFloating(), "floating-point elements are needed");
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

  @Override
  public Type argExtreme(ReductionOp.ArgExtreme op) {
    requireAxis(op.axis());
    List<Long> dims = new ArrayList<>(x.dims());
    dims.remove(op.axis());
    return new Type(DataType.INT64, dims);
  }

  @Override
  public Type cumSum(ReductionOp.CumSum op) {
    requireAxis(op.axis());
    return x;
  }
}
