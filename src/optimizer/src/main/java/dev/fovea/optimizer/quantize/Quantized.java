package dev.fovea.optimizer.quantize;

import dev.fovea.optimizer.ir.Graph;
import java.util.List;

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
 * @param error mean absolute difference of the outputs to those of the float graph on the samples,
 *     over the mean absolute output; 0 if there were no samples
 */
public record Quantized(
    Graph graph,
    List<String> layers,
    List<String> kept,
    List<String> givenBack,
    double strength,
    double error) {

  /** {@inheritDoc} */
  public Quantized {
    layers = List.copyOf(layers);
    kept = List.copyOf(kept);
    givenBack = List.copyOf(givenBack);
  }
}
