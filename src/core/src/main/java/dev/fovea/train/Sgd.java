package dev.fovea.train;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Stochastic gradient descent with momentum mu, plain or Nesterov's.
 *
 * <pre>
 * g = g + decay p
 * b = mu b + g                      (b = g at the first update)
 * p = p - lr (g + mu b)             Nesterov
 * p = p - lr b                      otherwise
 * </pre>
 *
 * <p>Sutskever et al., ICML 2013, section 2; the arithmetic is that of {@code torch.optim.SGD}
 * without dampening, which keeps the learning rate out of b.
 */
public final class Sgd extends Optimizer {

  private final double momentum;
  private final boolean nesterov;

  /**
   * Creates SGD.
   *
   * @param momentum mu, in [0, 1); 0 for none
   * @param nesterov whether to look ahead along the momentum; needs momentum
   * @param weightDecay the weight decay, 0 or more
   * @param groups parameters with a rate or decay of their own
   * @throws IllegalArgumentException if a number is out of range
   */
  public Sgd(double momentum, boolean nesterov, double weightDecay, List<ParameterGroup> groups) {
    super(weightDecay, groups, momentum > 0 ? List.of("momentum_buffer") : List.of());
    requireFraction("momentum", momentum);
    if (nesterov && momentum == 0) {
      throw new IllegalArgumentException("Nesterov's form needs a momentum above 0");
    }
    this.momentum = momentum;
    this.nesterov = nesterov;
  }

  @Override
  double[] constants(Hyperparameters own) {
    return new double[] {own.learningRate(), own.weightDecay(), momentum};
  }

  @Override
  void update(
      NDArray value, NDArray gradient, NDArray[] memory, Hyperparameters own, NDArray[] constants) {
    NDArray g = gradient;
    if (own.weightDecay() > 0) {
      g = value.mul(constants[1]).addi(gradient);
    }
    if (memory.length > 0) {
      NDArray b = memory[0].muli(constants[2]).addi(g); // from 0, the first update gives g
      g = nesterov ? b.mul(constants[2]).addi(g) : b;
    }
    value.subi(g.mul(constants[0]));
  }
}
