package dev.fovea.optimizer.quantize;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Moves large channels of activations into the weights that they are multiplied with (Xiao et al.,
 * SmoothQuant, 2023, section 4): behind a layer normalization, whose scale and bias take the
 * factor, so that nothing is left to compute.
 *
 * <pre>
 * before: x = LayerNormalization(u, gamma, beta); y = MatMul(x, W)
 * after:  x = LayerNormalization(u, gamma / s, beta / s); y = MatMul(x, s W)
 * s[j] = max|x[j]|^strength / max|W[j]|^(1 - strength)
 * </pre>
 *
 * Does not fire if anything else reads x or one of the constants.
 */
final class SmoothQuant {

  private static final double LEAST_QUANTILE = 0.1;
  private static final double LARGEST = 100;

  private SmoothQuant() {}

  static Graph apply(Graph graph, List<Layer> layers, Calibration calibration, double strength) {
    Map<Value, List<Layer>> byInput = new LinkedHashMap<>();
    layers.stream()
        .filter(layer -> !layer.isConv())
        .forEach(l -> byInput.computeIfAbsent(l.x(), k -> new java.util.ArrayList<>()).add(l));
    Map<Value, List<Node>> readers = Layer.readers(graph);
    Map<Value, Tensor> constants = new HashMap<>(graph.constants());
    for (Node norm : graph.nodes()) {
      List<Layer> group = byInput.getOrDefault(norm.output(), List.of());
      if (norm.op() instanceof LayerOp.LayerNormalization
          && !group.isEmpty()
          && norm.inputs().get(1).type().rank() == 1
          && canChange(graph, norm, group, readers)) {
        scale(constants, norm, group, calibration.of(norm.output()).channelLargest(), strength);
      }
    }
    return new Graph(graph.inputs(), graph.outputs(), graph.nodes(), constants);
  }

  /** Whether a node's result is another one since it was smoothed. */
  static boolean changes(Graph graph, Graph smooth, @Nullable Node node) {
    return node != null
        && node.op() instanceof LayerOp.LayerNormalization
        && !Objects.equals(
            graph.constants().get(node.inputs().get(1)),
            smooth.constants().get(node.inputs().get(1)));
  }

  private static boolean canChange(
      Graph graph, Node norm, List<Layer> group, Map<Value, List<Node>> readers) {
    boolean alone =
        readers.getOrDefault(norm.output(), List.of()).size() == group.size()
            && !graph.outputs().contains(norm.output());
    return alone
        && norm.inputs().stream().skip(1).allMatch(v -> isOwn(graph, v, readers))
        && group.stream().allMatch(l -> isOwn(graph, l.weight(), readers));
  }

  private static boolean isOwn(Graph graph, Value constant, Map<Value, List<Node>> readers) {
    return graph.constants().containsKey(constant)
        && readers.getOrDefault(constant, List.of()).size() == 1;
  }

  private static void scale(
      Map<Value, Tensor> constants,
      Node norm,
      List<Layer> group,
      float[] activations,
      double strength) {
    double[] factors = new double[activations.length];
    double[] weights = largestOfRows(constants, group, factors.length);
    for (int j = 0; j < factors.length; j++) {
      factors[j] =
          weights[j] == 0 || activations[j] == 0
              ? 1
              : Math.pow(activations[j], strength) / Math.pow(weights[j], 1 - strength);
    }
    double[] sorted = factors.clone();
    Arrays.sort(sorted);
    double least = sorted[(int) (LEAST_QUANTILE * (sorted.length - 1))];
    for (int j = 0; j < factors.length; j++) {
      factors[j] = Math.max(least, Math.min(LARGEST, factors[j]));
    }
    for (Value v : norm.inputs().subList(1, 3)) {
      multiply(constants, v, 1, Arrays.stream(factors).map(f -> 1 / f).toArray());
    }
    for (Layer layer : group) {
      int columns = Math.toIntExact(layer.weight().type().dims().get(1));
      multiply(constants, layer.weight(), columns, factors);
    }
  }

  private static double[] largestOfRows(Map<Value, Tensor> constants, List<Layer> group, int rows) {
    double[] largest = new double[rows];
    for (Layer layer : group) {
      float[] data = floats(constants, layer.weight());
      int columns = data.length / rows;
      for (int j = 0; j < rows; j++) {
        for (int i = j * columns; i < (j + 1) * columns; i++) {
          largest[j] = Math.max(largest[j], Math.abs(data[i]));
        }
      }
    }
    return largest;
  }

  private static void multiply(
      Map<Value, Tensor> constants, Value value, int inner, double[] factors) {
    float[] data = floats(constants, value);
    for (int i = 0; i < data.length; i++) {
      data[i] = (float) (data[i] * factors[i / inner]);
    }
    constants.put(value, Integers.vector(value.type().dims(), data));
  }

  private static float[] floats(Map<Value, Tensor> constants, Value value) {
    return Integers.floats(Objects.requireNonNull(constants.get(value)));
  }
}
