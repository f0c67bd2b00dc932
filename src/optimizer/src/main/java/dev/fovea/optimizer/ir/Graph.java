package dev.fovea.optimizer.ir;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Nodes in an order in which they can run; every value is defined once. Immutable: a rewrite
 * returns a new graph.
 *
 * @param inputs values that a run is given
 * @param outputs values that a run returns
 * @param nodes operations, each after those whose results it takes
 * @param constants the tensors of values that never change
 */
public record Graph(
    List<Value> inputs, List<Value> outputs, List<Node> nodes, Map<Value, Tensor> constants) {

  /**
   * Copies the collections and checks that the graph can run.
   *
   * @param inputs values that a run is given
   * @param outputs values that a run returns
   * @param nodes operations, each after those whose results it takes
   * @param constants the tensors of values that never change
   * @throws IllegalArgumentException if a value is used before its definition or defined twice, if
   *     two values share an id or a name, or if a constant's tensor is not of its value's type; the
   *     message names the value and the node
   */
  public Graph {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    nodes = List.copyOf(nodes);
    constants = Map.copyOf(constants);
    Definitions defined = new Definitions();
    defined.addAll(inputs, "an input");
    defined.addAll(constants.keySet(), "a constant");
    constants.forEach(Graph::checkType);
    for (Node node : nodes) {
      for (Value operand : node.inputs()) {
        defined.require(operand, node.op() + " # " + node.source());
      }
      defined.addAll(node.outputs(), node.op() + " # " + node.source());
    }
    for (Value output : outputs) {
      defined.require(output, "the graph's outputs");
    }
  }

  private static void checkType(Value value, Tensor tensor) {
    if (!value.type().equals(tensor.type())) {
      throw new IllegalArgumentException(
          "Constant " + value + " is " + value.type() + ", its tensor " + tensor.type());
    }
  }

  /**
   * Returns the text form, one node a line; see {@link GraphText}.
   *
   * @return the text form
   */
  @Override
  public String toString() {
    return GraphText.of(this);
  }

  /** What is defined so far, while the nodes are checked in their order. */
  private static final class Definitions {
    private final Set<Value> values = new HashSet<>();
    private final Set<Integer> ids = new HashSet<>();
    private final Set<String> names = new HashSet<>();

    private void addAll(Collection<Value> defined, String by) {
      for (Value value : defined) {
        if (!ids.add(value.id())) {
          throw new IllegalArgumentException(
              "Value "
                  + value
                  + " has the id "
                  + value.id()
                  + " of another value; defined by "
                  + by);
        }
        if (!names.add(value.name())) {
          throw new IllegalArgumentException(
              "Value " + value + " has the name of another value; defined by " + by);
        }
        values.add(value);
      }
    }

    private void require(Value value, String by) {
      if (!values.contains(value)) {
        throw new IllegalArgumentException(
            "Value " + value + " is used before it is defined, or never defined; used by " + by);
      }
    }
  }
}
