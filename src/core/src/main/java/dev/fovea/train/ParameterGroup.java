package dev.fovea.train;

import ai.djl.nn.Parameter;
import java.util.function.BiPredicate;

/**
 * Parameters that learn at a rate or decay of their own. A parameter may be in several groups, then
 * the scales multiply; in none, then both are 1.
 *
 * @param members which parameters belong to it, by path and parameter
 * @param rateScale what the learning rate of the members is multiplied by, 0 or more
 * @param decayScale what the weight decay of the members is multiplied by, 0 or more
 */
public record ParameterGroup(
    BiPredicate<String, Parameter> members, double rateScale, double decayScale) {

  /**
   * Creates a group.
   *
   * @param members which parameters belong to it, by path and parameter
   * @param rateScale what the learning rate of the members is multiplied by, 0 or more
   * @param decayScale what the weight decay of the members is multiplied by, 0 or more
   * @throws IllegalArgumentException if a scale is negative or not finite
   */
  public ParameterGroup {
    Optimizer.requireNotNegative("rateScale", rateScale);
    Optimizer.requireNotNegative("decayScale", decayScale);
  }

  /**
   * The usual split: biases, and vectors such as the weights of norms, do not decay.
   *
   * @return a group of all biases and all parameters with fewer than two dimensions
   */
  public static ParameterGroup noDecayOfVectors() {
    return new ParameterGroup(
        (path, parameter) ->
            parameter.getType() == Parameter.Type.BIAS
                || path.endsWith("bias")
                || parameter.getArray().getShape().dimension() < 2,
        1,
        0);
  }

  /**
   * Parameters whose path contains a text, such as SegFormer's {@code ("decode_head", 10, 1)}.
   *
   * @param text what the path must contain
   * @param rateScale what the learning rate of the members is multiplied by, 0 or more
   * @param decayScale what the weight decay of the members is multiplied by, 0 or more
   * @return the group
   */
  public static ParameterGroup containing(String text, double rateScale, double decayScale) {
    return new ParameterGroup((path, parameter) -> path.contains(text), rateScale, decayScale);
  }
}
