package dev.fovea.train;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Adam, with weight decay as part of the gradient g.
 *
 * <pre>
 * g = g + decay p
 * m = b1 m + (1 - b1) g
 * v = b2 v + (1 - b2) g^2
 * p = p - lr / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps)
 * </pre>
 *
 * <p>Kingma and Ba, ICLR 2015, arXiv:1412.6980, algorithm 1; the arithmetic is that of {@code
 * torch.optim.Adam}.
 */
public sealed class Adam extends Optimizer permits AdamW {

  private final double beta1;
  private final double beta2;
  private final double epsilon;

  /** Creates Adam with betas 0.9 and 0.999, epsilon 1e-8 and no decay. */
  public Adam() {
    this(0.9, 0.999, 1e-8, 0, List.of());
  }

  /**
   * Creates Adam.
   *
   * @param beta1 the decay of the mean of gradients, in [0, 1)
   * @param beta2 the decay of the mean of squared gradients, in [0, 1)
   * @param epsilon what is added to the denominator, 0 or more
   * @param weightDecay the weight decay, 0 or more
   * @param groups parameters with a rate or decay of their own
   */
  public Adam(
      double beta1, double beta2, double epsilon, double weightDecay, List<ParameterGroup> groups) {
    super(weightDecay, groups, List.of("exp_avg", "exp_avg_sq"));
    requireFraction("beta1", beta1);
    requireFraction("beta2", beta2);
    requireNotNegative("epsilon", epsilon);
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
  }

  @Override
  final double[] constants(Hyperparameters own) {
    return new double[] {
      decay(own),
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      Math.sqrt(1 - Math.pow(beta2, (double) own.updates())),
      epsilon,
      own.learningRate() / (1 - Math.pow(beta1, (double) own.updates()))
    };
  }

  @Override
  final void update(
      NDArray value, NDArray gradient, NDArray[] memory, Hyperparameters own, NDArray[] constants) {
    NDArray g = gradient;
    if (own.weightDecay() > 0) {
      g = decayed(value, gradient, constants[0]);
    }
    NDArray m = memory[0];
    NDArray v = memory[1];
    m.muli(constants[1]).addi(g.mul(constants[2]));
    v.muli(constants[3]).addi(g.square().muli(constants[4]));
    NDArray denominator = v.sqrt().divi(constants[5]).addi(constants[6]);
    value.subi(m.div(denominator).muli(constants[7]));
  }

  /** The constant that {@link #decayed} takes. */
  double decay(Hyperparameters own) {
    return own.weightDecay();
  }

  /** The gradient after decay; AdamW shrinks the value instead. */
  NDArray decayed(NDArray value, NDArray gradient, NDArray decay) {
    return value.mul(decay).addi(gradient);
  }
}
