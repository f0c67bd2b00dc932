package dev.fovea.optimizer.backend;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Value;
import java.util.List;
import java.util.function.Supplier;

/**
 * A graph that is known before it is made. A back end that kept what it compiled under the same key
 * does not ask for the graph.
 *
 * @param key what no other graph has, of any model, and this one always has
 * @param inputs those of the graph
 * @param outputs those of the graph
 * @param maker makes the graph
 */
public record KeyedGraph(
    String key, List<Value> inputs, List<Value> outputs, Supplier<Graph> maker) {

  /** {@inheritDoc} */
  public KeyedGraph {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /**
   * Makes the graph.
   *
   * @return the graph
   * @throws IllegalStateException if it has other inputs or outputs than was said
   */
  public Graph graph() {
    Graph graph = maker.get();
    if (!graph.inputs().equals(inputs) || !graph.outputs().equals(outputs)) {
      throw new IllegalStateException(
          "The graph was to take "
              + inputs
              + " and give "
              + outputs
              + ", but takes "
              + graph.inputs()
              + " and gives "
              + graph.outputs());
    }
    return graph;
  }
}
