package dev.fovea.optimizer.rewrite;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Removes nodes and constants that no output depends on.
 *
 * <pre>
 * before: y = Relu(x); z = Tanh(x); return y
 * after:  y = Relu(x); return y
 * </pre>
 *
 * Inputs of the graph stay, used or not: they are what the caller gives.
 */
final class DeadCode implements Rewrite {

  @Override
  public Graph apply(Graph graph) {
    Set<Value> needed = new HashSet<>(graph.outputs());
    List<Node> kept = new ArrayList<>();
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node node = graph.nodes().get(i);
      if (!Collections.disjoint(node.outputs(), needed)) {
        needed.addAll(node.inputs());
        kept.add(node);
      }
    }
    Map<Value, Tensor> constants = new HashMap<>(graph.constants());
    constants.keySet().retainAll(needed);
    if (kept.size() == graph.nodes().size() && constants.size() == graph.constants().size()) {
      return graph;
    }
    Collections.reverse(kept);
    return new Graph(graph.inputs(), graph.outputs(), kept, constants);
  }
}
