package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.ElementOp.Binary;
import dev.fovea.optimizer.ir.ElementOp.Unary;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A GELU that is written in its single steps is one operation (Hendrycks and Gimpel 2016, section
 * 2).
 *
 * <pre>
 * before: y = Mul(Mul(x, 0.5), Add(Erf(Div(x, sqrt(2))), 1))
 * after:  y = Gelu(x)
 * </pre>
 *
 * The three factors may stand in any order; Mul(x, 1 / sqrt(2)) counts as Div(x, sqrt(2)), and
 * Div(x, 2) as Mul(x, 0.5). Does not fire for the approximation by tanh, which is another function,
 * or if anything else reads a product on the way.
 */
final class FuseGelu implements Rewrite {

  private static final double ROUNDING = 1e-6; // of a float32 constant, relatively

  @Override
  public Graph apply(Graph graph) {
    Edit edit = new Edit(graph);
    for (Node node : edit.nodes()) {
      Value x = argument(edit, node);
      if (x != null && x.type().equals(node.output().type())) {
        edit.define(node.output(), new Unary(Unary.Kind.GELU), List.of(x), node.source());
      }
    }
    return edit.graph();
  }

  /** What a product is the GELU of, if it is one. */
  private static @Nullable Value argument(Edit edit, Node node) {
    if (!is(node, Binary.Kind.MUL) && !is(node, Binary.Kind.DIV)) {
      return null;
    }
    Product product = Product.of(edit, node);
    if (product.values.size() != 2 || !isNear(product.factor, 0.5)) {
      return null;
    }
    for (int i = 0; i < 2; i++) {
      Value x = product.values.get(i);
      if (x.equals(argumentOfGate(edit, product.values.get(1 - i)))) {
        return x;
      }
    }
    return null;
  }

  /** The x of 1 + erf(x / sqrt(2)). */
  private static @Nullable Value argumentOfGate(Edit edit, Value gate) {
    Node sum = edit.definition(gate, Binary.Kind.ADD);
    if (sum == null) {
      return null;
    }
    for (int i = 0; i < 2; i++) {
      Node erf = edit.definition(sum.inputs().get(i), Unary.class);
      if (isNear(number(edit, sum.inputs().get(1 - i)), 1)
          && erf != null
          && erf.op().equals(new Unary(Unary.Kind.ERF))) {
        Node scaling = edit.definition(erf.inputs().get(0));
        Product scaled = scaling == null ? null : Product.of(edit, scaling);
        return scaled != null && scaled.values.size() == 1 && isNear(scaled.factor, Math.sqrt(0.5))
            ? scaled.values.get(0)
            : null;
      }
    }
    return null;
  }

  private static boolean is(Node node, Binary.Kind kind) {
    return node.op() instanceof Binary binary && binary.kind() == kind;
  }

  private static double number(Edit edit, Value value) {
    return Floats.single(edit.constant(value));
  }

  private static boolean isNear(double value, double expected) {
    return Math.abs(value - expected) <= ROUNDING * expected;
  }

  /** The factors of nested products: the constant ones as one number, and the others. */
  private static final class Product {
    private final Edit edit;
    private final List<Value> values = new ArrayList<>();
    private double factor = 1;

    private Product(Edit edit) {
      this.edit = edit;
    }

    static Product of(Edit edit, Node node) {
      Product product = new Product(edit);
      if (!product.multiply(node)) {
        product.values.add(node.output());
      }
      return product;
    }

    /** Returns false, with nothing changed, if the node is neither a product nor a quotient. */
    private boolean multiply(Node node) {
      Value first = node.inputs().get(0);
      if (is(node, Binary.Kind.MUL)) {
        multiply(first);
        multiply(node.inputs().get(1));
        return true;
      }
      double divisor = is(node, Binary.Kind.DIV) ? number(edit, node.inputs().get(1)) : 0;
      if (!(Math.abs(divisor) > 0)) {
        return false;
      }
      factor /= divisor;
      multiply(first);
      return true;
    }

    private void multiply(Value value) {
      double number = number(edit, value);
      Node node = edit.hasOneReader(value) ? edit.definition(value) : null;
      if (!Double.isNaN(number)) {
        factor *= number;
      } else if (node == null || !multiply(node)) {
        values.add(value);
      }
    }
  }
}
