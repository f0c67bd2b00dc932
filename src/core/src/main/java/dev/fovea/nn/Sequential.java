package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Layers one after another, named "0", "1", ... as in a reference checkpoint.
 *
 * <p>Each layer runs in a scope of its own and its input is released once it is consumed, so a
 * chain of any length holds the intermediates of one layer at a time.
 */
public final class Sequential extends Layer {

  private final List<Layer> layers;

  /**
   * Creates a sequence.
   *
   * @param layers the layers, first to last
   */
  public Sequential(List<? extends Layer> layers) {
    this.layers = List.copyOf(layers);
    for (int i = 0; i < layers.size(); i++) {
      child(String.valueOf(i), layers.get(i));
    }
  }

  /**
   * Creates a sequence.
   *
   * @param layers the layers, first to last
   */
  public Sequential(Layer... layers) {
    this(List.of(layers));
  }

  /**
   * Returns the layers.
   *
   * @return the layers, first to last
   */
  public List<Layer> layers() {
    return layers;
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    NDArray y = x;
    for (Layer layer : layers) {
      NDArray next;
      try (Forward.Scope scope = pass.scope(y)) {
        next = scope.keep(layer.forward(y, pass));
      }
      if (y != x && y != next) {
        y.close();
      }
      y = next;
    }
    return y;
  }
}
