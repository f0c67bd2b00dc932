package dev.fovea.optimizer.ir;

import java.util.List;

/** Operations that choose or join elements by their places. */
public sealed interface IndexOp extends Op {

  /**
   * Concatenates any number of operands.
   *
   * @param axis the axis along which the operands follow each other, counted from 0
   */
  record Concat(int axis) implements IndexOp {
    /** {@inheritDoc} */
    public Concat {
      Checks.check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.indexing().concat(this);
    }
  }

  /**
   * x[start:end:step] on each listed axis; bounds beyond the axis are clamped as in NumPy.
   *
   * @param axes the sliced axes, ascending, counted from 0
   * @param starts first index per axis; negative: counted from the back
   * @param ends index after the last, per axis; negative: counted from the back; {@link
   *     Long#MAX_VALUE}: to the end
   * @param steps distance per axis, 1 or more
   */
  record Slice(List<Integer> axes, List<Long> starts, List<Long> ends, List<Long> steps)
      implements IndexOp {
    /** {@inheritDoc} */
    public Slice {
      axes = Checks.ascending(axes, "axes");
      starts = Checks.sized(starts, axes.size(), "starts");
      ends = Checks.sized(ends, axes.size(), "ends");
      steps = Checks.positive(steps, axes.size(), "steps");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.indexing().slice(this);
    }
  }

  /**
   * data[..., indices, ...] on one axis. Operands: data, indices (int64, not negative, any shape).
   *
   * @param axis the indexed axis, counted from 0
   */
  record Gather(int axis) implements IndexOp {
    /** {@inheritDoc} */
    public Gather {
      Checks.check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.indexing().gather(this);
    }
  }

  /**
   * result[i, j, ...] = data[i, indices[i, j, ...], ...] on one axis. Operands: data and indices
   * (int64, not negative) of as many axes, along the other ones not longer than data.
   *
   * @param axis the indexed axis, counted from 0
   */
  record GatherElements(int axis) implements IndexOp {
    /** {@inheritDoc} */
    public GatherElements {
      Checks.check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.indexing().gatherElements(this);
    }
  }

  /**
   * Sorts x along an axis. The order of equal elements is not defined.
   *
   * @param axis the sorted axis, counted from 0
   * @param descending whether the largest element is the first
   * @param limit how many of the first elements are kept; {@link #ALL} of them
   * @param places whether the result is the places in x (int64) of the elements, rather than these
   */
  record Sort(int axis, boolean descending, long limit, boolean places) implements IndexOp {
    /** No limit. */
    public static final long ALL = 0;

    /** {@inheritDoc} */
    public Sort {
      Checks.check(axis >= 0, "axis", axis);
      Checks.check(limit >= 0, "limit", limit);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.indexing().sort(this);
    }
  }
}
