package dev.fovea.nn;

import ai.djl.ndarray.NDArray;

/** The mean over all positions: (B, C, H, W) -&gt; (B, C). */
public final class GlobalAveragePool extends Layer {

  /** Creates a layer. */
  public GlobalAveragePool() {}

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    return x.mean(new int[] {3}).mean(new int[] {2}); // the engine takes one axis at a time
  }
}
