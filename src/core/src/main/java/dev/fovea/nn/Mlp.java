package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;

/**
 * Two linear maps with a GELU between: (..., C) -&gt; (..., C), at each position by itself.
 *
 * <p>Children: {@code fc1}, from C to the hidden size; {@code fc2}, back to C.
 */
public final class Mlp extends Layer {

  private final Linear expand;
  private final Linear contract;

  /**
   * Creates a layer.
   *
   * @param dim C
   * @param hidden size between the maps
   */
  public Mlp(int dim, int hidden) {
    expand = child("fc1", new Linear(dim, hidden));
    contract = child("fc2", new Linear(hidden, dim));
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    NDArray hidden = expand.forward(x, pass);
    NDArray active = Activation.gelu(hidden);
    hidden.close();
    NDArray y = contract.forward(active, pass);
    active.close();
    return y;
  }
}
