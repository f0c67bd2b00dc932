package dev.fovea.optimizer.ir;

import java.util.Collections;
import java.util.List;

/** Operations that leave the elements as they are and give them another shape. */
public sealed interface ShapeOp extends Op {

  /**
   * Gives x another shape. Operands: x, then one int64 scalar per {@link Op#FROM_INPUT}.
   *
   * @param sizes one size per axis of the result: a number, {@link Op#COPY}, {@link Op#INFER} (at
   *     most once) or {@link Op#FROM_INPUT}
   */
  record Reshape(List<Long> sizes) implements ShapeOp {
    /** {@inheritDoc} */
    public Reshape {
      sizes = List.copyOf(sizes);
      Checks.check(sizes.stream().allMatch(s -> s >= FROM_INPUT), "sizes", sizes);
      Checks.check(Collections.frequency(sizes, INFER) <= 1, "sizes with one INFER", sizes);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.shapes().reshape(this);
    }
  }

  /**
   * Reorders the axes of x.
   *
   * @param perm axis i of the result is axis perm[i] of x
   */
  record Transpose(List<Integer> perm) implements ShapeOp {
    /** {@inheritDoc} */
    public Transpose {
      perm = List.copyOf(perm);
      Checks.check(Checks.isPermutation(perm), "perm", perm);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.shapes().transpose(this);
    }
  }

  /**
   * Removes axes of size 1 from x.
   *
   * @param axes the removed axes, ascending, counted from 0 in x
   */
  record Squeeze(List<Integer> axes) implements ShapeOp {
    /** {@inheritDoc} */
    public Squeeze {
      axes = Checks.ascending(axes, "axes");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.shapes().squeeze(this);
    }
  }

  /**
   * Inserts axes of size 1 into x.
   *
   * @param axes the new axes, ascending, counted from 0 in the result
   */
  record Unsqueeze(List<Integer> axes) implements ShapeOp {
    /** {@inheritDoc} */
    public Unsqueeze {
      axes = Checks.ascending(axes, "axes");
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.shapes().unsqueeze(this);
    }
  }

  /**
   * Broadcasts x with the sizes, as in NumPy. Operands: x, then one int64 scalar per {@link
   * Op#FROM_INPUT}.
   *
   * @param sizes one size per axis, aligned at the last one: a number or {@link Op#FROM_INPUT}; 1
   *     keeps x's size
   */
  record Expand(List<Long> sizes) implements ShapeOp {
    /** {@inheritDoc} */
    public Expand {
      sizes = List.copyOf(sizes);
      Checks.check(sizes.stream().allMatch(s -> s > 0 || s == FROM_INPUT), "sizes", sizes);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.shapes().expand(this);
    }
  }

  /**
   * The size of one axis of x, an int64 scalar: how a dynamic size enters a graph.
   *
   * @param axis the measured axis, counted from 0
   */
  record Size(int axis) implements ShapeOp {
    /** {@inheritDoc} */
    public Size {
      Checks.check(axis >= 0, "axis", axis);
    }

    @Override
    public <R> R accept(OpVisitor<R> v) {
      return v.shapes().size(this);
    }
  }
}
