package dev.fovea.nn;

import ai.djl.ndarray.NDArray;

/**
 * Dropout (Srivastava et al., JMLR 15, 2014): while training, sets each element to 0 with
 * probability {@code rate} and divides the others by 1 - rate. Any shape -&gt; same.
 */
public final class Dropout extends Layer {

  private final float rate;

  /**
   * Creates a layer.
   *
   * @param rate probability that an element is dropped, 0 to less than 1
   * @throws IllegalArgumentException if the rate is outside of that
   */
  public Dropout(double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("dropout rate: 0 <= rate < 1, got " + rate);
    }
    this.rate = (float) rate;
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    if (!pass.training() || rate == 0) {
      return x;
    }
    return x.getNDArrayInternal().dropout(x, rate, true).singletonOrThrow();
  }
}
