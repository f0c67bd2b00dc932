package dev.fovea.optimizer.quantize;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.util.Progress;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Interpreter;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs the float graph on samples and keeps statistics of chosen values, one sample at a time. */
final class Calibration {

  private final Map<Value, Statistics> statistics = new HashMap<>();

  /**
   * Observes.
   *
   * @param channelAxes the values to observe, with the axis that counts their channels
   */
  static Calibration of(
      Graph graph,
      Map<Value, Integer> channelAxes,
      Samples samples,
      Observer observer,
      Progress progress) {
    Calibration calibration = new Calibration();
    List<Value> values = List.copyOf(channelAxes.keySet());
    Graph observed = withOutputs(graph, values);
    try (NDManager manager = NDManager.newBaseManager();
        Interpreter interpreter = new Interpreter(observed, manager)) {
      for (int s = 0; s < samples.size(); s++) {
        try (NDManager scope = manager.newSubManager()) {
          NDList results = interpreter.run(samples.get(s, scope));
          for (int i = 0; i < values.size(); i++) {
            int axis = channelAxes.getOrDefault(values.get(i), 0);
            calibration.add(values.get(i), results.get(i), axis, observer);
          }
        }
        progress.update(s + 1);
      }
    }
    return calibration;
  }

  /** The graph with other outputs, without the nodes that none of them needs. */
  static Graph withOutputs(Graph graph, Collection<Value> outputs) {
    Set<Value> needed = new HashSet<>(outputs);
    List<Node> nodes = new ArrayList<>();
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node node = graph.nodes().get(i);
      if (needed.contains(node.output())) {
        needed.addAll(node.inputs());
        nodes.add(0, node);
      }
    }
    Map<Value, Tensor> constants = new HashMap<>(graph.constants());
    constants.keySet().retainAll(needed);
    return new Graph(graph.inputs(), List.copyOf(outputs), nodes, constants);
  }

  private void add(Value value, NDArray array, int axis, Observer observer) {
    long[] dims = array.getShape().getShape();
    int inner = 1;
    for (int i = axis + 1; i < dims.length; i++) {
      inner *= Math.toIntExact(dims[i]);
    }
    int channels = Math.toIntExact(dims[axis]);
    statistics
        .computeIfAbsent(value, v -> new Statistics(observer, channels))
        .add(array.toFloatArray(), inner);
  }

  /** What was observed here, and of other values what was observed there. */
  Calibration orElse(Calibration other) {
    Calibration both = new Calibration();
    both.statistics.putAll(other.statistics);
    both.statistics.putAll(statistics);
    return both;
  }

  Statistics of(Value value) {
    Statistics found = statistics.get(value);
    if (found == null) {
      throw new IllegalStateException(value + " was not observed");
    }
    return found;
  }
}
