package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp.Binary;
import dev.fovea.optimizer.ir.ElementOp.Unary;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp.LayerNormalization;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.ReductionOp.Reduce;
import dev.fovea.optimizer.ir.Value;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A layer normalization that is written in its single steps is one operation (Ba et al. 2016,
 * equation 3).
 *
 * <pre>
 * before: d = Sub(x, Mean(x)); n = Div(d, Sqrt(Add(Mean(Mul(d, d)), eps))); y = Add(Mul(n, gamma), beta)
 * after:  y = LayerNorm(x, gamma, beta)
 * </pre>
 *
 * Pow(d, 2) counts as Mul(d, d). Factors and summands of constants behind any layer normalization
 * go into its own, where nothing else reads it. Does not fire if the means are not of the last axes
 * and kept as axes of 1, or if the size of one of these axes is open.
 */
final class FuseLayerNormalization implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      if (is(node, Binary.Kind.DIV)) {
        fuse(edit, node);
      } else if (is(node, Binary.Kind.MUL) || is(node, Binary.Kind.ADD)) {
        if (!absorb(edit, node, 0)) {
          absorb(edit, node, 1);
        }
      }
    }
    return edit.graph();
  }

  private static boolean is(Node node, Binary.Kind kind) {
    return node.op() instanceof Binary binary && binary.kind() == kind;
  }

  private static void fuse(Edit edit, Node div) {
    Node centred = edit.definition(div.inputs().get(0), Binary.Kind.SUB);
    Node root = edit.definition(div.inputs().get(1), Unary.class);
    if (centred == null || root == null || !root.op().equals(new Unary(Unary.Kind.SQRT))) {
      return;
    }
    Value x = centred.inputs().get(0);
    Reduce mean = meanOf(edit, centred.inputs().get(1), x);
    Node sum = edit.definition(root.inputs().get(0), Binary.Kind.ADD);
    if (mean == null || sum == null) {
      return;
    }
    for (int i = 0; i < 2; i++) {
      Node variance = edit.definition(sum.inputs().get(i), Reduce.class);
      double epsilon = Floats.single(edit.constant(sum.inputs().get(1 - i)));
      if (variance != null
          && variance.op().equals(mean)
          && isSquare(edit, variance.inputs().get(0), centred.output())
          && !Double.isNaN(epsilon)) {
        define(edit, div, x, mean.axes().get(0), epsilon);
        return;
      }
    }
  }

  /** The mean that a value is of x, over its last axes and with axes of 1 in their place. */
  private static @Nullable Reduce meanOf(Edit edit, Value value, Value x) {
    Node node = edit.definition(value, Reduce.class);
    if (node == null || !node.inputs().get(0).equals(x)) {
      return null;
    }
    Reduce reduce = (Reduce) node.op();
    int rank = x.type().rank();
    int first = rank - reduce.axes().size();
    return reduce.kind() == Reduce.Kind.MEAN
            && reduce.keepDims()
            && !reduce.axes().isEmpty()
            && reduce.axes().equals(IntStream.range(first, rank).boxed().toList())
            && x.type().dims().subList(first, rank).stream().allMatch(size -> size > 0)
        ? reduce
        : null;
  }

  private static boolean isSquare(Edit edit, Value value, Value of) {
    Node node = edit.definition(value);
    if (node == null || !node.inputs().get(0).equals(of)) {
      return false;
    }
    return is(node, Binary.Kind.MUL)
        ? node.inputs().get(1).equals(of)
        : is(node, Binary.Kind.POW) && Floats.single(edit.constant(node.inputs().get(1))) == 2;
  }

  private static void define(Edit edit, Node div, Value x, int axis, double epsilon) {
    List<Long> dims = x.type().dims().subList(axis, x.type().rank());
    Value gamma = edit.constant(div.source() + ".weight", filled(dims, 1).toTensor());
    Value beta = edit.constant(div.source() + ".bias", filled(dims, 0).toTensor());
    edit.define(
        div.output(), new LayerNormalization(axis, epsilon), List.of(x, gamma, beta), div.source());
  }

  private static Floats filled(List<Long> dims, float number) {
    float[] data = new float[Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact))];
    Arrays.fill(data, number);
    return new Floats(dims, data);
  }

  /** Takes a constant factor or summand behind a layer normalization into it. */
  private static boolean absorb(Edit edit, Node node, int operand) {
    Value y = node.inputs().get(operand);
    Node norm = edit.definition(y, LayerNormalization.class);
    if (norm == null || !edit.hasOneReader(y)) {
      return false;
    }
    Floats constant = Floats.of(edit.constant(node.inputs().get(1 - operand)));
    Floats gamma = Floats.of(edit.constant(norm.inputs().get(1)));
    Floats beta = Floats.of(edit.constant(norm.inputs().get(2)));
    if (constant == null || gamma == null || beta == null || !broadcasts(constant, gamma.dims())) {
      return false;
    }
    boolean factor = is(node, Binary.Kind.MUL);
    DoubleBinaryOperator apply = factor ? (a, b) -> a * b : Double::sum;
    Value weight =
        factor
            ? edit.constant(norm.inputs().get(1), each(gamma, constant, apply).toTensor())
            : norm.inputs().get(1);
    Value bias = edit.constant(norm.inputs().get(2), each(beta, constant, apply).toTensor());
    edit.define(y, norm.op(), List.of(norm.inputs().get(0), weight, bias), norm.source());
    return edit.replace(node.output(), y);
  }

  /** Whether a constant is one number, or one for each normalized element. */
  private static boolean broadcasts(Floats constant, List<Long> dims) {
    List<Long> own = constant.dims();
    int leading = own.size() - dims.size();
    if (leading < 0) {
      return constant.data().length == 1;
    }
    return own.subList(leading, own.size()).equals(dims)
        && own.subList(0, leading).stream().allMatch(size -> size == 1);
  }

  private static Floats each(Floats values, Floats constant, DoubleBinaryOperator apply) {
    float[] result = new float[values.data().length];
    for (int i = 0; i < result.length; i++) {
      float other = constant.data()[i % constant.data().length];
      result[i] = (float) apply.applyAsDouble(values.data()[i], other);
    }
    return new Floats(values.dims(), result);
  }
}
