package dev.fovea.optimizer.quantize;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** The weights of a graph as integers, each rounded once, when it is first asked for. */
final class RoundedWeights {

  private static final int STEPS = 127;
  private static final int REDUCED_STEPS = 63; // pairs of products are added in 16 bits

  private final Graph graph;
  private final int steps;
  private final Map<Value, Integers> rounded = new HashMap<>();

  RoundedWeights(Graph graph, Settings settings) {
    this.graph = graph;
    steps = settings.reducedRange() ? REDUCED_STEPS : STEPS;
  }

  Integers of(Layer layer) {
    return rounded.computeIfAbsent(
        layer.weight(), weight -> Integers.of(tensor(weight), layer.weightAxis(), steps));
  }

  private Tensor tensor(Value weight) {
    return Objects.requireNonNull(graph.constants().get(weight));
  }

  /** The float weight minus what the integers stand for. */
  float[] error(Layer layer) {
    return of(layer).error(tensor(layer.weight()), layer.weightAxis());
  }
}
