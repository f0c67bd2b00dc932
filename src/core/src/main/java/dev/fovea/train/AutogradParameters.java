package dev.fovea.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a block for one forward and backward pass.
 *
 * <p>A block that asks for a parameter gets a handle of its own on the same memory. Handles of
 * trainable parameters collect a gradient; those of frozen ones, of running means and variances do
 * not. The parameters themselves never do, so a pass leaves nothing behind: no gradient to zero,
 * and no graph when somebody predicts with the block, whatever the thread. All handles die with the
 * manager of the step.
 *
 * <pre>{@code
 * try (NDManager step = manager.newSubManager();
 *     GradientCollector collector = step.getEngine().newGradientCollector()) {
 *   AutogradParameters parameters = new AutogradParameters(step, block.getParameters());
 *   NDList predictions = block.forward(parameters, inputs, true);
 *   collector.backward(loss.evaluate(labels, predictions));
 *   Map<String, NDArray> gradients = parameters.gradients();
 * }
 * }</pre>
 *
 * <p>The inputs must hang on the manager of the step as well, or on one of its own.
 */
public final class AutogradParameters extends ParameterStore {

  private final NDManager step;
  private final Map<String, String> paths = new HashMap<>();
  private final Map<String, NDArray> handles = new HashMap<>();
  private final Map<String, NDArray> leaves = new LinkedHashMap<>();

  /**
   * Prepares a pass.
   *
   * @param step the manager that every handle hangs on; close it when the step is done
   * @param parameters the parameters of the block by path, as {@code block.getParameters()} gives
   */
  public AutogradParameters(NDManager step, ParameterList parameters) {
    super(step, false);
    this.step = step;
    for (Pair<String, Parameter> parameter : parameters) {
      paths.putIfAbsent(parameter.getValue().getId(), parameter.getKey());
    }
  }

  /**
   * Hands out a parameter; the same handle each time.
   *
   * @param parameter the parameter, or null for one that a block does without
   * @param device the device of the inputs
   * @param training has no influence: a layer kept in inference mode is still learnt
   * @return the handle, null for null
   * @throws IllegalArgumentException if the parameter is not one of the block, or lies on another
   *     device
   */
  @Override
  public @Nullable NDArray getValue(
      @Nullable Parameter parameter, Device device, boolean training) {
    if (parameter == null) {
      return null;
    }
    NDArray handle = handles.get(parameter.getId());
    if (handle == null) {
      handle = handle(parameter, device);
      handles.put(parameter.getId(), handle);
    }
    return handle;
  }

  private NDArray handle(Parameter parameter, Device device) {
    String path = paths.get(parameter.getId());
    if (path == null) {
      throw new IllegalArgumentException(
          "Parameter \""
              + parameter.getName()
              + "\" is not among the parameters of the block in training; register its block as a"
              + " child, or run that block with a ParameterStore of its own");
    }
    NDArray array = parameter.getArray();
    if (!array.getDevice().equals(device)) {
      throw new IllegalArgumentException(
          "Parameter \""
              + path
              + "\" is on "
              + array.getDevice()
              + ", but the inputs are on "
              + device
              + "; create both on one device");
    }
    NDArray handle = array.stopGradient();
    handle.attach(step);
    if (isTrainable(parameter)) {
      handle.setRequiresGradient(true);
      leaves.put(path, handle);
    }
    return handle;
  }

  /**
   * Returns the gradients that the backward pass left.
   *
   * @return by path, in the order in which the block asked; zero where the loss does not depend on
   *     the parameter, and absent where the block did not ask for it
   */
  public Map<String, NDArray> gradients() {
    Map<String, NDArray> gradients = new LinkedHashMap<>();
    leaves.forEach((path, leaf) -> gradients.put(path, leaf.getGradient()));
    return Collections.unmodifiableMap(gradients);
  }

  /** Whether a parameter learns by its gradient. */
  static boolean isTrainable(Parameter parameter) {
    Parameter.Type type = parameter.getType();
    return parameter.requiresGradient()
        && type != Parameter.Type.RUNNING_MEAN
        && type != Parameter.Type.RUNNING_VAR;
  }
}
