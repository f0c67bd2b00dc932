package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;

/** Rectifier: y = max(x, 0). Any shape -&gt; same. */
public final class Relu extends Layer {

  /** Creates a layer. */
  public Relu() {}

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    return Activation.relu(x);
  }
}
