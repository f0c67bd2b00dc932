package dev.fovea.optimizer.quantize;

import java.util.Comparator;
import java.util.List;

/**
 * Where the error of a quantized graph comes from, measured on samples in exact arithmetic: what
 * the integers stand for is computed in float, so that no run-time's kernels have a part in it.
 *
 * @param all of the graph as it is quantized
 * @param everything if no layer is spared, see {@link Settings#floatShare}
 * @param weights with activations in float: what the rounding of weights makes of it
 * @param activations with weights in float: what the rounding of activations makes of it
 * @param eightBits with weights of 8 bits, whatever the settings say
 * @param layers what each layer has to do with it, in the order of the graph
 */
public record ErrorReport(
    Difference all,
    Difference everything,
    Difference weights,
    Difference activations,
    Difference eightBits,
    List<LayerError> layers) {

  /**
   * One layer.
   *
   * @param layer its source path
   * @param alone the error if it is the only one in integers, by the first two samples
   * @param work its share of the multiply-accumulates of all layers
   * @param spared whether it stays float
   */
  public record LayerError(String layer, Difference alone, double work, boolean spared) {}

  /** {@inheritDoc} */
  public ErrorReport {
    layers = List.copyOf(layers);
  }

  /**
   * Returns the layers that are worth most to leave in float.
   *
   * @return the layers, that with the largest mean error alone first
   */
  public List<LayerError> worstFirst() {
    return layers.stream()
        .sorted(Comparator.comparingDouble((LayerError l) -> -l.alone().mean()))
        .toList();
  }
}
