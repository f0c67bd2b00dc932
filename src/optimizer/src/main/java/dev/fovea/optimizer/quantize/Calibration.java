package dev.fovea.optimizer.quantize;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Interpreter;
import dev.fovea.optimizer.ir.Value;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs the float graph on samples and keeps statistics of chosen values, one sample at a time. */
final class Calibration {

  private final Map<Value, Statistics> statistics = new HashMap<>();

  /**
   * Observes.
   *
   * @param channelAxes the values to observe, with the axis that counts their channels
   */
  static Calibration of(
      Graph graph, Map<Value, Integer> channelAxes, List<NDList> samples, Observer observer) {
    Calibration calibration = new Calibration();
    List<Value> values = List.copyOf(channelAxes.keySet());
    Graph observed = withOutputs(graph, values);
    try (NDManager manager = NDManager.newBaseManager();
        Interpreter interpreter = new Interpreter(observed, manager)) {
      for (NDList sample : samples) {
        try (NDManager scope = manager.newSubManager()) {
          NDList copy = new NDList();
          sample.forEach(x -> copy.add(copied(x, scope)));
          NDList results = interpreter.run(copy);
          for (int i = 0; i < values.size(); i++) {
            int axis = channelAxes.getOrDefault(values.get(i), 0);
            calibration.add(values.get(i), results.get(i), axis, observer);
          }
        }
      }
    }
    return calibration;
  }

  /** The graph with other outputs, without the nodes behind the last of them. */
  static Graph withOutputs(Graph graph, Collection<Value> outputs) {
    return new Graph(graph.inputs(), List.copyOf(outputs), graph.nodes(), graph.constants());
  }

  static NDArray copied(NDArray array, NDManager manager) {
    NDArray copy = array.duplicate();
    copy.attach(manager);
    return copy;
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

  Statistics of(Value value) {
    Statistics found = statistics.get(value);
    if (found == null) {
      throw new IllegalStateException(value + " was not observed");
    }
    return found;
  }
}
