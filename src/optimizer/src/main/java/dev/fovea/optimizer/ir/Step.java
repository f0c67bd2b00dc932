package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the interpreter computes at a time: a node, or the product and the sum of a linear map in
 * one call, which saves a pass over the result.
 *
 * @param node the node, of a linear map its product
 * @param inputs what is read: of a linear map x, weight and bias
 * @param output what is computed
 * @param linear whether it is a linear map
 */
record Step(Node node, List<Value> inputs, Value output, boolean linear) {

  static List<Step> of(Graph graph) {
    Map<Value, Integer> reads = new HashMap<>();
    graph.nodes().forEach(n -> n.inputs().forEach(v -> reads.merge(v, 1, Integer::sum)));
    graph.outputs().forEach(v -> reads.merge(v, 1, Integer::sum));
    Map<Value, Node> products = new HashMap<>();
    for (Node node : graph.nodes()) {
      if (isProduct(node, graph) && reads.getOrDefault(node.output(), 0) == 1) {
        products.put(node.output(), node);
      }
    }
    List<Step> steps = new ArrayList<>();
    Set<Value> merged = new HashSet<>();
    for (Node node : graph.nodes()) {
      Step linear = linear(node, graph, products);
      if (linear != null) {
        merged.add(linear.node().output());
      }
      steps.add(linear != null ? linear : new Step(node, node.inputs(), node.output(), false));
    }
    steps.removeIf(step -> merged.contains(step.output()));
    return steps;
  }

  /** x W with a constant matrix W. */
  private static boolean isProduct(Node node, Graph graph) {
    if (!(node.op() instanceof LayerOp.MatMul)) {
      return false;
    }
    Value weight = node.inputs().get(1);
    return graph.constants().containsKey(weight)
        && weight.type().rank() == 2
        && weight.type().dims().get(0) > 0
        && node.inputs().get(0).type().rank() >= 2
        && weight.type().dataType() == DataType.FLOAT32;
  }

  private static @Nullable Step linear(Node node, Graph graph, Map<Value, Node> products) {
    if (!(node.op() instanceof ElementOp.Binary binary)
        || binary.kind() != ElementOp.Binary.Kind.ADD) {
      return null;
    }
    for (int i = 0; i < 2; i++) {
      Node product = products.get(node.inputs().get(i));
      Value bias = node.inputs().get(1 - i);
      if (product != null && graph.constants().containsKey(bias)) {
        Value weight = product.inputs().get(1);
        if (bias.type().dims().equals(weight.type().dims().subList(1, 2))) {
          List<Value> inputs = List.of(product.inputs().get(0), weight, bias);
          return new Step(product, inputs, node.output(), true);
        }
      }
    }
    return null;
  }

  NDArray apply(NDList operands) {
    return linear ? linear(operands) : Interpreter.apply(node.op(), operands);
  }

  /** On rows: of more axes, the engine adds the bias in a second pass. */
  private static NDArray linear(NDList operands) {
    NDArray x = operands.get(0);
    NDArray weight = operands.get(1);
    long in = weight.size(0);
    long[] sizes = x.getShape().getShape().clone(); // it is the array's own
    sizes[sizes.length - 1] = weight.size(1);
    try (NDArray rows = x.reshape(x.size() / in, in);
        NDArray transposed = weight.transpose();
        NDArray result =
            x.getNDArrayInternal().linear(rows, transposed, operands.get(2)).singletonOrThrow()) {
      return result.reshape(new Shape(sizes));
    }
  }
}
