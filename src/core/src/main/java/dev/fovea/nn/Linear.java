package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.NormalInitializer;
import org.jspecify.annotations.Nullable;

/**
 * Affine map of the last axis: y = x weight<sup>T</sup> + bias, (..., in) -&gt; (..., out).
 *
 * <p>Parameters: {@code weight} (out, in), first N(0, 0.02), as the vision transformers have it;
 * {@code bias} (out), first 0.
 */
public final class Linear extends Layer {

  private final Parameter weight;
  private final @Nullable Parameter bias;

  /**
   * Creates a map with a bias.
   *
   * @param in size of the last axis of the input
   * @param out size of the last axis of the output
   */
  public Linear(int in, int out) {
    this(in, out, true);
  }

  /**
   * Creates a map.
   *
   * @param in size of the last axis of the input
   * @param out size of the last axis of the output
   * @param bias whether something is added
   */
  public Linear(int in, int out, boolean bias) {
    this.weight = parameter("weight", Parameter.Type.WEIGHT, new NormalInitializer(0.02f), out, in);
    this.bias = bias ? parameter("bias", Parameter.Type.BIAS, out) : null;
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    return ai.djl.nn.core.Linear.linear(x, pass.value(weight, x), pass.value(bias, x))
        .singletonOrThrow();
  }
}
