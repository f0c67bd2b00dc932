package dev.fovea.optimizer.trace;

import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One node of two traces as one operation: its sizes that differ become symbolic. */
final class SymbolicSizes {
  private static final long UNKNOWN = Long.MIN_VALUE;

  private final Generalization traces;
  private final Node a;
  private final Node b;
  private final Value x;

  SymbolicSizes(Generalization traces, Node a, Node b) {
    this.traces = traces;
    this.a = a;
    this.b = b;
    this.x = a.inputs().get(0);
  }

  /**
   * Returns the operation.
   *
   * @param operands the node's operands; the sizes that it takes from values are added
   * @return the operation
   * @throws TraceException if the nodes differ in another way, or a size is that of no value
   */
  Op op(List<Value> operands) {
    if (a.op().equals(b.op())) {
      return a.op();
    }
    if (a.op() instanceof ShapeOp.Reshape p && b.op() instanceof ShapeOp.Reshape q) {
      return new ShapeOp.Reshape(reshape(p.sizes(), q.sizes(), operands));
    }
    if (a.op() instanceof ShapeOp.Expand p && b.op() instanceof ShapeOp.Expand q) {
      return new ShapeOp.Expand(
          taken(expand(p.sizes(), q.sizes()), p.sizes(), q.sizes(), operands));
    }
    if (a.op() instanceof LayerOp.Resize p
        && b.op() instanceof LayerOp.Resize q
        && p.mode() == q.mode()) {
      List<Long> sizes = taken(common(p.sizes(), q.sizes()), p.sizes(), q.sizes(), operands);
      return new LayerOp.Resize(p.mode(), p.alignCorners(), sizes);
    }
    if (a.op() instanceof IndexOp.Slice p
        && b.op() instanceof IndexOp.Slice q
        && p.axes().equals(q.axes())
        && p.steps().equals(q.steps())) {
      List<Long> starts = bounds(p.axes(), p.starts(), q.starts());
      return new IndexOp.Slice(p.axes(), starts, bounds(p.axes(), p.ends(), q.ends()), p.steps());
    }
    throw refused(a.op() + " and " + b.op());
  }

  private List<Long> reshape(List<Long> p, List<Long> q, List<Value> operands) {
    List<Long> sizes = common(p, q);
    for (int i = 0; i < sizes.size(); i++) {
      boolean copy = i < x.type().rank() && traces.measures(x, i, p.get(i), q.get(i));
      if (sizes.get(i) == UNKNOWN && copy) {
        sizes.set(i, Op.COPY);
      }
    }
    // One size follows from the others: the one that no value has, else the last.
    if (!sizes.contains(Op.INFER) && sizes.contains(UNKNOWN)) {
      int inferred = sizes.lastIndexOf(UNKNOWN);
      for (int i = 0; i < sizes.size(); i++) {
        if (sizes.get(i) == UNKNOWN && !traces.isMeasured(p.get(i), q.get(i), a)) {
          inferred = i;
        }
      }
      sizes.set(inferred, Op.INFER);
    }
    return taken(sizes, p, q, operands);
  }

  private List<Long> expand(List<Long> p, List<Long> q) {
    List<Long> sizes = common(p, q);
    int rank = x.type().rank();
    for (int i = 1; i <= Math.min(rank, sizes.size()); i++) {
      int at = sizes.size() - i;
      if (sizes.get(at) == UNKNOWN && traces.measures(x, rank - i, p.get(at), q.get(at))) {
        sizes.set(at, 1L); // a broadcast with 1 keeps the size
      }
    }
    return sizes;
  }

  /** The sizes, and {@link #UNKNOWN} for those that differ. */
  private List<Long> common(List<Long> p, List<Long> q) {
    if (p.size() != q.size()) {
      throw refused(p + " and " + q);
    }
    List<Long> sizes = new ArrayList<>(p);
    for (int i = 0; i < sizes.size(); i++) {
      if (!p.get(i).equals(q.get(i))) {
        if (p.get(i) < 0 || q.get(i) < 0) {
          throw refused(p + " and " + q);
        }
        sizes.set(i, UNKNOWN);
      }
    }
    return sizes;
  }

  /** Takes each unknown size from a value. */
  private List<Long> taken(List<Long> sizes, List<Long> p, List<Long> q, List<Value> operands) {
    for (int i = 0; i < sizes.size(); i++) {
      if (sizes.get(i) == UNKNOWN) {
        @Nullable Value size = traces.size(p.get(i), q.get(i), a);
        if (size == null) {
          throw refused("size " + p.get(i) + " and " + q.get(i) + ", which no value has");
        }
        operands.add(size);
        sizes.set(i, Op.FROM_INPUT);
      }
    }
    return sizes;
  }

  /** Bounds that differ are counted from the back. */
  private List<Long> bounds(List<Integer> axes, List<Long> p, List<Long> q) {
    List<Long> bounds = new ArrayList<>(p);
    for (int i = 0; i < bounds.size(); i++) {
      if (!p.get(i).equals(q.get(i))) {
        long fromBack = p.get(i) - x.type().dims().get(axes.get(i));
        long twin = q.get(i) - traces.twin(x).type().dims().get(axes.get(i));
        if (fromBack != twin || fromBack > 0) {
          throw refused("bound " + p.get(i) + " and " + q.get(i));
        }
        bounds.set(i, fromBack == 0 ? Long.MAX_VALUE : fromBack);
      }
    }
    return bounds;
  }

  private TraceException refused(String what) {
    return new TraceException(
        "Depends on the size of the input in a way that the graph cannot say: "
            + what
            + " # "
            + a.source());
  }
}
