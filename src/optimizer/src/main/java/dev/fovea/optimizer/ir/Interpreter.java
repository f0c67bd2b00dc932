package dev.fovea.optimizer.ir;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a graph on arrays, node by node: the reference for every rewrite and every other back end,
 * and itself the PyTorch back end.
 *
 * <p>The constants are uploaded once and belong to the interpreter. A value is closed as soon as
 * its last reader has run. Runs may be concurrent. No gradient is recorded, because no constant
 * requires one and inputs are cut off.
 */
public final class Interpreter implements AutoCloseable {
  private final Graph graph;
  private final NDManager manager;
  private final Map<Value, NDArray> constants = new HashMap<>();
  private final List<Step> steps;
  private final List<List<Value>> lastRead;

  /**
   * Uploads the constants.
   *
   * @param graph the graph to run
   * @param parent the manager whose device and engine are used, and with which the constants are
   *     freed at the latest
   */
  public Interpreter(Graph graph, NDManager parent) {
    this.graph = graph;
    this.manager = parent.newSubManager();
    this.steps = Step.of(graph);
    this.lastRead = lastRead(graph, steps);
    graph.constants().forEach((value, tensor) -> constants.put(value, tensor.toArray(manager)));
  }

  /**
   * Applies one operation.
   *
   * @param op the operation
   * @param operands its operands
   * @return the result, attached to the manager of the first operand; it may share memory with an
   *     operand, but is never the same object
   * @throws UnsupportedOperationException if DJL has no such computation
   */
  public static NDArray apply(Op op, NDList operands) {
    NDArray result = op.accept(new Evaluation(operands));
    // Some operations return their operand where nothing is to do; closing one closes the other.
    return operands.stream().anyMatch(x -> x == result)
        ? result.reshape(result.getShape())
        : result;
  }

  /**
   * Runs the graph.
   *
   * @param inputs one array per input of the graph; not closed
   * @return one array per output of the graph, attached to the manager of the first input (without
   *     inputs: to that of this interpreter)
   * @throws IllegalArgumentException if the number, element types or sizes of the inputs do not fit
   *     the graph
   */
  public NDList run(NDList inputs) {
    return run(inputs, (node, nanos) -> {});
  }

  /** Is told how long each node took. */
  @FunctionalInterface
  public interface Timer {
    /**
     * One node has run, of a linear map its product with the sum.
     *
     * @param node the node
     * @param nanos how long the call took; on a device that works on its own, only until it was
     *     asked
     */
    void ran(Node node, long nanos);
  }

  /**
   * Runs the graph and times its nodes.
   *
   * @param inputs one array per input of the graph; not closed
   * @param timer told of each node; the sum of a linear map counts for its product
   * @return as {@link #run(NDList)}
   */
  public NDList run(NDList inputs, Timer timer) {
    check(inputs);
    NDManager target = inputs.isEmpty() ? manager : inputs.head().getManager();
    try (NDManager scope = target.newSubManager()) {
      Map<Value, NDArray> values = new HashMap<>(constants);
      for (int i = 0; i < inputs.size(); i++) {
        // Cut off from autograd, and on the scope: results go to the first operand's manager.
        values.put(graph.inputs().get(i), attached(inputs.get(i).stopGradient(), scope));
      }
      for (int i = 0; i < steps.size(); i++) {
        Step step = steps.get(i);
        long start = System.nanoTime();
        values.put(step.output(), attached(apply(step, values), scope));
        timer.ran(step.node(), System.nanoTime() - start);
        lastRead.get(i).forEach(v -> get(values, v).close());
      }
      return outputs(values, target);
    }
  }

  private static NDArray apply(Step step, Map<Value, NDArray> values) {
    NDList operands = new NDList(step.inputs().size());
    step.inputs().forEach(v -> operands.add(get(values, v)));
    return step.apply(operands);
  }

  private NDList outputs(Map<Value, NDArray> values, NDManager target) {
    NDList results = new NDList();
    Set<Value> taken = new HashSet<>(graph.constants().keySet());
    for (Value output : graph.outputs()) {
      NDArray array = get(values, output);
      NDArray own = taken.add(output) ? array : array.duplicate();
      results.add(attached(own, target));
    }
    return results;
  }

  private void check(NDList inputs) {
    if (inputs.size() != graph.inputs().size()) {
      throw new IllegalArgumentException(
          "The graph takes " + graph.inputs() + ", got " + inputs.size() + " arrays");
    }
    for (int i = 0; i < inputs.size(); i++) {
      Value expected = graph.inputs().get(i);
      Type type = Type.of(inputs.get(i).getDataType(), inputs.get(i).getShape().getShape());
      if (!expected.type().accepts(type)) {
        throw new IllegalArgumentException(
            "Input " + expected + " takes " + expected.type() + ", got " + type);
      }
    }
  }

  private static NDArray attached(NDArray array, NDManager manager) {
    array.attach(manager);
    return array;
  }

  private static NDArray get(Map<Value, NDArray> values, Value value) {
    @Nullable NDArray array = values.get(value);
    if (array == null) {
      throw new IllegalStateException(value + " has no array");
    }
    return array;
  }

  /** For each step, the values that nobody reads after it. */
  static List<List<Value>> lastRead(Graph graph, List<Step> steps) {
    Set<Value> kept = new HashSet<>(graph.outputs());
    kept.addAll(graph.constants().keySet());
    List<List<Value>> result = new ArrayList<>();
    for (int i = steps.size() - 1; i >= 0; i--) {
      List<Value> dead = new ArrayList<>();
      Stream.concat(Stream.of(steps.get(i).output()), steps.get(i).inputs().stream())
          .filter(kept::add)
          .forEach(dead::add);
      result.add(0, dead);
    }
    return result;
  }

  /** Frees the constants. */
  @Override
  public void close() {
    manager.close();
  }
}
