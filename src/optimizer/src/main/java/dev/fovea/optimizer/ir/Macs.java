package dev.fovea.optimizer.ir;

import java.util.List;

/**
 * Multiply-accumulates of a graph: what papers print as "FLOPs".
 *
 * <p>Counted are convolutions and matrix products, those of attention included, as fvcore and the
 * tables of ConvNeXt, DeiT and SegFormer do; norms, activations, additions and resizing are not.
 */
public final class Macs {
  private Macs() {}

  /**
   * Counts one run of a graph.
   *
   * @param graph a graph of fixed sizes, such as a trace with a shape without open axes gives
   * @return multiply-accumulates
   * @throws IllegalArgumentException if a size that counts is open; names the value
   */
  public static long of(Graph graph) {
    return graph.nodes().stream().mapToLong(Macs::of).sum();
  }

  /**
   * Counts one operation.
   *
   * @param node an operation on values of fixed sizes
   * @return multiply-accumulates; 0 for what is not counted
   * @throws IllegalArgumentException if a size that counts is open; names the value
   */
  public static long of(Node node) {
    if (node.op() instanceof LayerOp.Conv) {
      // Each element of the result sums over (C / groups, kH, kW) of the weight (M, ...).
      List<Long> weight = sizes(node.inputs().get(1));
      return Sizes.product(sizes(node.output())) * Sizes.product(weight.subList(1, 4));
    }
    if (node.op() instanceof LayerOp.MatMul) {
      List<Long> left = sizes(node.inputs().get(0));
      return Sizes.product(sizes(node.output())) * left.get(left.size() - 1);
    }
    return 0;
  }

  private static List<Long> sizes(Value value) {
    if (!value.type().isStatic()) {
      throw new IllegalArgumentException(
          value + " is " + value.type() + "; trace at fixed sizes to count multiply-accumulates");
    }
    return value.type().dims();
  }
}
