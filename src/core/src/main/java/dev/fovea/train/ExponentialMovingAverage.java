package dev.fovea.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A running average of a block's parameters over the steps of a training, which often predicts
 * better than the last ones do.
 *
 * <pre>average = decay average + (1 - decay) parameter</pre>
 *
 * <p>It begins with the parameters as they are, and takes in all of them: frozen ones, running
 * means and variances too. Polyak and Juditsky, SIAM J. Control Optim. 30 (4), 1992; in this form
 * Szegedy et al., arXiv:1512.00567, section 8; the arithmetic is that of timm's {@code ModelEmaV2}.
 *
 * <pre>{@code
 * try (ExponentialMovingAverage average = new ExponentialMovingAverage(block, 0.999)) {
 *   TrainingLoop.of(block, loss, optimizer, schedule)
 *       .steps(1000)
 *       .listener(progress -> average.update())
 *       .run(source);
 *   average.copyTo(block);
 * }
 * }</pre>
 */
public final class ExponentialMovingAverage implements AutoCloseable {

  private final double decay;
  private final Map<String, Parameter> parameters;
  private final Map<String, NDArray> averages = new LinkedHashMap<>();

  /**
   * Begins an average with the parameters' present values.
   *
   * @param block the block in training, initialized
   * @param decay how much of the average each update keeps, in [0, 1)
   * @throws IllegalArgumentException if the decay is out of range, or a parameter has no values or
   *     such as cannot be averaged
   */
  public ExponentialMovingAverage(Block block, double decay) {
    Optimizer.requireFraction("decay", decay);
    this.decay = decay;
    this.parameters = byPath(block);
    parameters.forEach(
        (path, parameter) -> {
          if (!parameter.getArray().getDataType().isFloating()) {
            throw new IllegalArgumentException(
                "Parameter \""
                    + path
                    + "\" is of type "
                    + parameter.getArray().getDataType()
                    + ", which has no average; keep it out of the block's parameters");
          }
        });
    try (NDScope temporary = new NDScope()) {
      temporary.suppressNotUsedWarning();
      parameters.forEach((path, parameter) -> averages.put(path, own(parameter.getArray())));
    }
  }

  private static Map<String, Parameter> byPath(Block block) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (Pair<String, Parameter> entry : block.getParameters()) {
      if (!entry.getValue().isInitialized()) {
        throw new IllegalArgumentException(
            "Parameter \""
                + entry.getKey()
                + "\" has no values; initialize or load the block first");
      }
      parameters.put(entry.getKey(), entry.getValue());
    }
    return parameters;
  }

  private static NDArray own(NDArray value) {
    NDArray copy = value.stopGradient().duplicate();
    NDScope.unregister(copy);
    copy.detach();
    return copy;
  }

  /**
   * Takes in the parameters' present values; to be called once after each step.
   *
   * @throws IllegalStateException if the averages are closed
   */
  public void update() {
    parameters.forEach(
        (path, parameter) -> {
          try (NDScope temporary = new NDScope()) {
            temporary.suppressNotUsedWarning();
            NDArray value = parameter.getArray().stopGradient();
            NDManager manager = value.getManager();
            NDArray added = value.mul(manager.create(1 - decay));
            average(path).muli(manager.create(decay)).addi(added);
          }
        });
  }

  /**
   * Returns the averages, for a checkpoint.
   *
   * @return by path of parameter; the arrays are this object's own
   */
  public Map<String, NDArray> averages() {
    return Collections.unmodifiableMap(averages);
  }

  /**
   * Writes the averages into the parameters of a block, in place.
   *
   * @param block the block in training, or another of the same paths and shapes
   * @throws IllegalArgumentException if its paths or shapes differ; nothing is changed then
   * @throws IllegalStateException if the averages are closed
   */
  public void copyTo(Block block) {
    Map<String, Parameter> targets = byPath(block);
    if (!targets.keySet().equals(parameters.keySet())) {
      throw new IllegalArgumentException(
          "The averages are of the parameters "
              + parameters.keySet()
              + ", but the block has "
              + targets.keySet());
    }
    targets.forEach(
        (path, target) -> {
          NDArray average = average(path);
          if (!target.getArray().getShape().equals(average.getShape())) {
            throw new IllegalArgumentException(
                "Parameter \""
                    + path
                    + "\" has the shape "
                    + target.getArray().getShape()
                    + ", but its average has "
                    + average.getShape());
          }
        });
    try (NDScope temporary = new NDScope()) {
      temporary.suppressNotUsedWarning();
      // A handle on the same memory: PyTorch refuses to write into an array that needs a gradient.
      targets.forEach(
          (path, target) ->
              target.getArray().stopGradient().set(new NDIndex("..."), average(path)));
    }
  }

  private NDArray average(String path) {
    NDArray average = averages.get(path);
    if (average == null) {
      throw new IllegalStateException("The averages are closed");
    }
    return average;
  }

  /** Frees the averages. */
  @Override
  public void close() {
    averages.values().forEach(NDArray::close);
    averages.clear();
  }
}
