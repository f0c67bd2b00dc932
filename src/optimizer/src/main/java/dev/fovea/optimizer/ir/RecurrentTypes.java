package dev.fovea.optimizer.ir;

import java.util.List;

/** The types of the results of recurrent layers. */
final class RecurrentTypes extends OperandTypes implements OpVisitor.Sequences<Type> {
  RecurrentTypes(List<Type> operands) {
    super(operands);
  }

  @Override
  public Type recurrent(RecurrentOp.Recurrent op) {
    sameElements(operands);
    floating();
    requireRank(x, 3);
    requireRank(operands.get(2), 3);
    long directions = op.bidirectional() ? 2 : 1;
    long size = operands.get(2).dims().get(2);
    long rows = op.kind().gates() * size;
    require(1, directions, rows, x.dims().get(2));
    require(2, directions, rows, size);
    require(3, directions, 2 * rows);
    for (int i = 4; i < operands.size(); i++) {
      require(i, directions, x.dims().get(1), size);
    }
    long batch = x.dims().get(1);
    return x.withDims(
        op.result() == RecurrentOp.Recurrent.Result.STATES
            ? List.of(x.dims().get(0), directions, batch, size)
            : List.of(directions, batch, size));
  }

  private void require(int operand, Long... dims) {
    List<Long> expected = List.of(dims);
    List<Long> got = operands.get(operand).dims();
    boolean fits = got.size() == expected.size();
    for (int i = 0; fits && i < got.size(); i++) {
      fits = Sizes.fits(got.get(i), expected.get(i));
    }
    Sizes.require(fits, "operand " + operand + " must be " + expected);
  }
}
