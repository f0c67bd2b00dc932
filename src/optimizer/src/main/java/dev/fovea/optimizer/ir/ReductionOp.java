package dev.fovea.optimizer.ir;

import java.util.List;

/** Operations that make one element of all along an axis. */
public sealed interface ReductionOp extends Op {

  /**
   * Reduces x over some axes.
   *
   * @param kind the function
   * @param axes the reduced axes, ascending, counted from 0
   * @param keepDims whether reduced axes stay, with size 1
   */
  record Reduce(Reduce.Kind kind, List<Integer> axes, boolean keepDims) implements ReductionOp {
    /** The function of the elements that are reduced to one. */
    public enum Kind {
      /** Arithmetic mean. */
      MEAN,
      /** Sum. */
      SUM,
      /** Largest. */
      MAX,
      /** Smallest. */
      MIN,
      /** Product. */
      PROD
    }

    /** {@inheritDoc} */
    public Reduce {
      axes = Checks.ascending(axes, "axes");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.reductions().reduce(this);
    }
  }

  /**
   * The place (int64) of the first extreme element along an axis, which the result lacks.
   *
   * @param axis the searched axis, counted from 0
   * @param largest whether the largest element is searched, else the smallest
   */
  record ArgExtreme(int axis, boolean largest) implements ReductionOp {
    /** {@inheritDoc} */
    public ArgExtreme {
      Checks.check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.reductions().argExtreme(this);
    }
  }

  /**
   * Each element plus all before it along an axis.
   *
   * @param axis the summed axis, counted from 0
   */
  record CumSum(int axis) implements ReductionOp {
    /** {@inheritDoc} */
    public CumSum {
      Checks.check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.reductions().cumSum(this);
    }
  }
}
