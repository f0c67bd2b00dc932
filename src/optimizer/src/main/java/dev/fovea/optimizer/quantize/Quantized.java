package dev.fovea.optimizer.quantize;

import dev.fovea.optimizer.ir.Graph;
import java.util.List;
import java.util.Optional;

/**
 * A graph with integer layers, and what was decided.
 *
 * @param graph the graph; it holds a QuantizeLinear and a DequantizeLinear around what run-times
 *     compute in integers
 * @param layers source paths of the layers that are quantized, in the order of the graph
 * @param kept source paths of those that could be, and stay float because a pattern says so
 * @param givenBack source paths of those that were given back to float to keep the accuracy, worst
 *     first
 * @param strength the strength of SmoothQuant that was kept; 0: none
 * @param accuracy what was measured where a drop was bounded; empty where none was
 * @param error mean absolute difference of the outputs to those of the float graph on the samples,
 *     over the mean absolute output; 0 if there were no samples
 */
public record Quantized(
    Graph graph,
    List<String> layers,
    List<String> kept,
    List<String> givenBack,
    double strength,
    Optional<Accuracy> accuracy,
    double error) {

  /**
   * What the caller's metric gave.
   *
   * @param before of the float graph
   * @param after of the quantized graph
   */
  public record Accuracy(double before, double after) {

    /**
     * Returns what the integers cost.
     *
     * @return before minus after
     */
    public double drop() {
      return before - after;
    }
  }

  /** {@inheritDoc} */
  public Quantized {
    layers = List.copyOf(layers);
    kept = List.copyOf(kept);
    givenBack = List.copyOf(givenBack);
  }

  Quantized withAccuracy(Accuracy measured) {
    return new Quantized(graph, layers, kept, givenBack, strength, Optional.of(measured), error);
  }
}
