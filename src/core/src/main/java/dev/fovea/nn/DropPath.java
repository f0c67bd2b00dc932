package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * Stochastic depth (Huang et al., arXiv:1603.09382), by sample: while training, drops a residual
 * branch with probability {@code rate} and divides the others by 1 - rate, so that the mean stays.
 * (B, ...) -&gt; same.
 */
public final class DropPath extends Layer {

  private final float rate;

  /**
   * Creates a layer.
   *
   * @param rate probability that a sample's branch is dropped, 0 to less than 1
   * @throws IllegalArgumentException if the rate is outside of that
   */
  public DropPath(double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("drop path rate: 0 <= rate < 1, got " + rate);
    }
    this.rate = (float) rate;
  }

  /**
   * Returns the rates of consecutive blocks: linear from 0 to the last (arXiv:1603.09382, Sec. 3).
   *
   * @param last rate of the last block
   * @param blocks number of blocks of the network
   * @return one rate per block
   */
  public static double[] rates(double last, int blocks) {
    double[] rates = new double[blocks];
    for (int i = 1; i < blocks; i++) {
      rates[i] = last * i / (blocks - 1);
    }
    return rates;
  }

  @Override
  public NDArray forward(NDArray x, Forward pass) {
    if (!pass.training() || rate == 0) {
      return x;
    }
    long[] dims = new long[x.getShape().dimension()];
    Arrays.fill(dims, 1);
    dims[0] = x.getShape().get(0);
    NDArray kept = x.getManager().randomUniform(0, 1, new Shape(dims)).gte(rate);
    return x.mul(kept.toType(x.getDataType(), false).div(1 - rate));
  }
}
