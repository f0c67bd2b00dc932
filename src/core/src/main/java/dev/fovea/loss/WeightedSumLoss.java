package dev.fovea.loss;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.training.loss.Loss;
import java.util.List;

/**
 * A weighted sum of losses of the same predictions and labels, such as cross entropy plus Dice.
 *
 * <pre>loss = sum_i weight_i loss_i</pre>
 */
public final class WeightedSumLoss extends Loss {

  private final List<Term> terms;

  /**
   * One summand.
   *
   * @param weight what the loss is multiplied by; any finite number
   * @param loss the loss, reduced to the same shape as the others
   */
  public record Term(double weight, Loss loss) {
    /**
     * Creates a summand.
     *
     * @param weight what the loss is multiplied by; any finite number
     * @param loss the loss, reduced to the same shape as the others
     * @throws IllegalArgumentException if the weight is not a finite number
     */
    public Term {
      if (!Double.isFinite(weight)) {
        throw new IllegalArgumentException(
            "WeightedSumLoss: the weight of " + loss.getName() + " is " + weight);
      }
    }
  }

  /**
   * Creates a sum.
   *
   * @param terms one summand or more
   * @throws IllegalArgumentException if there is no summand
   */
  public WeightedSumLoss(List<Term> terms) {
    super("WeightedSumLoss");
    if (terms.isEmpty()) {
      throw new IllegalArgumentException("WeightedSumLoss: there is nothing to add up");
    }
    this.terms = List.copyOf(terms);
  }

  /**
   * {@return the sum of the losses}
   *
   * @param labels what every loss takes as labels
   * @param predictions what every loss takes as predictions
   */
  @Override
  public NDArray evaluate(NDList labels, NDList predictions) {
    NDArray sum = null;
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      for (Term term : terms) {
        NDArray loss = term.loss().evaluate(labels, predictions);
        NDArray weighted = loss.mul(ArrayLoss.constant(loss, term.weight()));
        sum = sum == null ? weighted : sum.add(weighted);
      }
      NDScope.unregister(requireNonNull(sum));
    }
    NDScope.register(sum);
    return sum;
  }
}
