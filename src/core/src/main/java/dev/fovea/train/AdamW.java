package dev.fovea.train;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Adam with decoupled weight decay: before each {@link Adam} update without decay, p = (1 - lr
 * decay) p.
 *
 * <p>Loshchilov and Hutter, ICLR 2019, arXiv:1711.05101, algorithm 2; the arithmetic is that of
 * {@code torch.optim.AdamW}.
 */
public final class AdamW extends Adam {

  /**
   * Creates AdamW with betas 0.9 and 0.999 and epsilon 1e-8, in which biases and vectors do not
   * decay.
   *
   * @param weightDecay the weight decay of all other parameters, 0 or more
   */
  public AdamW(double weightDecay) {
    this(0.9, 0.999, 1e-8, weightDecay, List.of(ParameterGroup.noDecayOfVectors()));
  }

  /**
   * Creates AdamW.
   *
   * @param beta1 the decay of the mean of gradients, in [0, 1)
   * @param beta2 the decay of the mean of squared gradients, in [0, 1)
   * @param epsilon what is added to the denominator, 0 or more
   * @param weightDecay the weight decay, 0 or more
   * @param groups parameters with a rate or decay of their own
   */
  public AdamW(
      double beta1, double beta2, double epsilon, double weightDecay, List<ParameterGroup> groups) {
    super(beta1, beta2, epsilon, weightDecay, groups);
  }

  @Override
  double decay(Hyperparameters own) {
    return 1 - own.learningRate() * own.weightDecay();
  }

  @Override
  NDArray decayed(NDArray value, NDArray gradient, NDArray decay) {
    value.muli(decay);
    return gradient;
  }
}
