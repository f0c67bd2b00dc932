package dev.fovea.optimizer.rewrite;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Interpreter;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Computes once what depends on constants alone.
 *
 * <pre>
 * before: w = Transpose[1, 0](weight); y = MatMul(x, w)
 * after:  y = MatMul(x, weight)              weight is now stored as it is multiplied
 * </pre>
 *
 * Does not fire where the result would take much more room than the operands, nor for an output of
 * the graph.
 */
final class ConstantFolding implements Rewrite {

  private static final long SMALL = 1024; // elements that may be added whatever the operands
  private static final long GROWTH = 4;

  @Override
  public Graph apply(Graph graph) {
    Set<Value> known = new LinkedHashSet<>(graph.constants().keySet());
    List<Node> computed = new ArrayList<>();
    for (Node node : graph.nodes()) {
      boolean constant =
          known.containsAll(node.inputs())
              && !grows(node)
              && !(node.op()
                  instanceof ElementOp.DequantizeLinear); // integers are what run-times want
      if (constant && !graph.outputs().contains(node.output())) {
        known.add(node.output());
        computed.add(node);
      }
    }
    if (computed.isEmpty()) {
      return graph;
    }
    Set<Value> frontier = new LinkedHashSet<>(computed.stream().map(Node::output).toList());
    Set<Value> needed = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      if (!known.contains(node.output())) {
        needed.addAll(node.inputs());
      }
    }
    frontier.retainAll(needed);
    return replace(graph, List.copyOf(frontier), run(graph, computed, List.copyOf(frontier)));
  }

  private static boolean grows(Node node) {
    Type type = node.output().type();
    if (!type.isStatic()) {
      return true;
    }
    long operands = node.inputs().stream().mapToLong(v -> size(v.type())).sum();
    return size(type) > SMALL + GROWTH * operands;
  }

  private static long size(Type type) {
    return new Shape(type.dims()).size();
  }

  private static List<Tensor> run(Graph graph, List<Node> nodes, List<Value> outputs) {
    Map<Value, Tensor> constants = new HashMap<>();
    for (Node node : nodes) {
      for (Value input : node.inputs()) {
        Tensor tensor = graph.constants().get(input);
        if (tensor != null) {
          constants.put(input, tensor);
        }
      }
    }
    Graph part = new Graph(List.of(), outputs, nodes, constants);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        Interpreter interpreter = new Interpreter(part, manager)) {
      return interpreter.run(new NDList()).stream().map(Tensor::of).toList();
    }
  }

  private static Graph replace(Graph graph, List<Value> values, List<Tensor> tensors) {
    Edit edit = new Edit(graph);
    for (int i = 0; i < values.size(); i++) {
      Value leaf = values.get(i);
      for (Node node = edit.definition(leaf); node != null; node = edit.definition(leaf)) {
        leaf = node.inputs().get(0); // the name of the weight says more than that of its transpose
      }
      edit.replace(values.get(i), edit.constant(leaf, tensors.get(i)));
    }
    return edit.graph();
  }
}
