package dev.fovea.optimizer.quantize;

import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.quantize.ErrorReport.LayerError;
import java.util.List;
import java.util.Optional;

/**
 * A graph with integer layers, and what was decided.
 *
 * @param graph the graph; it holds a QuantizeLinear and a DequantizeLinear around what run-times
 *     compute in integers
 * @param layers source paths of the layers that are quantized, in the order of the graph
 * @param kept source paths of those that could be, and stay float because a pattern says so
 * @param errors what each layer has to do with the error, in the order of the graph; empty if
 *     {@link Settings#floatShare} is 0 and nothing was given back
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
    List<LayerError> errors,
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
    errors = List.copyOf(errors);
    givenBack = List.copyOf(givenBack);
  }

  /**
   * Returns the layers that stay float because they would bring much of the error and are little of
   * the work, see {@link Settings#floatShare}.
   *
   * @return their source paths
   */
  public List<String> spared() {
    return errors.stream().filter(LayerError::spared).map(LayerError::layer).toList();
  }

  Quantized withAccuracy(Accuracy measured) {
    return new Quantized(
        graph, layers, kept, errors, givenBack, strength, Optional.of(measured), error);
  }
}
