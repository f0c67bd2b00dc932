package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What travels with one forward pass: where parameter values live, whether the network is being
 * trained, and how long intermediate arrays live.
 *
 * @param store gives the array of a parameter on a device
 * @param training true while training: dropout is on, batch norm uses the statistics of the batch
 * @param gradients whether autograd sees the parameters
 */
public record Forward(ParameterStore store, boolean training, boolean gradients) {

  /**
   * Creates the usual pass: gradients are wanted while training, and only then.
   *
   * @param store gives the array of a parameter on a device
   * @param training true while training
   */
  public Forward(ParameterStore store, boolean training) {
    this(store, training, training);
  }

  /**
   * Returns the value of a parameter for use in an operation with {@code x}.
   *
   * <p>Where no gradients are wanted the value is cut from autograd: LibTorch's gradient mode
   * belongs to a thread and starts switched on, so without this a prediction on a new thread would
   * record a graph.
   *
   * @param parameter a parameter, or null where an optional one (a bias) is absent
   * @param x the array that the value meets; its device and lifetime are taken
   * @return the value, or null for null
   */
  public @Nullable NDArray value(@Nullable Parameter parameter, NDArray x) {
    if (parameter == null) {
      return null;
    }
    NDArray value = store.getValue(parameter, x.getDevice(), training);
    if (gradients || !value.hasGradient()) {
      return value;
    }
    NDArray constant = value.stopGradient();
    constant.attach(x.getManager());
    return constant;
  }

  /**
   * Returns the value of a parameter, repeated along axes of size 1: a token for each sample of a
   * batch. Whatever is computed from it lives as long as {@code x}, not as long as the parameter.
   *
   * @param parameter a parameter
   * @param shape the shape to return, such as (B, 1, C) for a parameter (1, 1, C)
   * @param x the array that the value meets; its device and lifetime are taken
   * @return a view of the value
   */
  public NDArray broadcast(Parameter parameter, Shape shape, NDArray x) {
    NDArray view = Objects.requireNonNull(value(parameter, x)).broadcast(shape);
    view.attach(x.getManager());
    return view;
  }

  /**
   * Makes a scalar to compute with.
   *
   * <p>{@code x.mul(0.5)} lends the engine a Java buffer for the number; autograd would read it in
   * the backward pass, when it may be gone. This scalar owns its memory.
   *
   * @param value the number
   * @param x the array that it meets; its type and lifetime are taken
   * @return a scalar
   */
  public NDArray constant(double value, NDArray x) {
    try (NDArray lent = x.getManager().create((float) value)) {
      return lent.getDataType() == x.getDataType()
          ? lent.duplicate()
          : lent.toType(x.getDataType(), true);
    }
  }

  /**
   * Opens a scope: every array derived from {@code x} while it is open is released when it closes,
   * but for {@code x} itself and for those that are kept.
   *
   * @param x the array that the computation starts from
   * @return the open scope
   */
  public Scope scope(NDArray x) {
    return new Scope(x);
  }

  /** The lifetime of intermediate arrays. */
  public static final class Scope implements AutoCloseable {

    private final NDManager outer;
    private final NDManager inner;

    private Scope(NDArray x) {
      outer = x.getManager();
      inner = outer.newSubManager();
      x.tempAttach(inner); // a result belongs to the manager of the operation's first operand
    }

    /**
     * Lets an array outlive this scope.
     *
     * @param y an array
     * @return y
     */
    public NDArray keep(NDArray y) {
      y.attach(outer);
      return y;
    }

    /**
     * Lets arrays outlive this scope.
     *
     * @param arrays the arrays
     * @return the same list
     */
    public List<NDArray> keep(List<NDArray> arrays) {
      arrays.forEach(this::keep);
      return arrays;
    }

    @Override
    public void close() {
      inner.close();
    }
  }
}
