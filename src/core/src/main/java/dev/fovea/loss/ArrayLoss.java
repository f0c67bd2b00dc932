package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import org.jspecify.annotations.Nullable;

/**
 * A loss of one array of predictions against one of labels: the plain function {@link #apply}, and
 * DJL's {@link Loss} around it. It keeps no state, leaves its inputs as they are, and all that it
 * allocates besides the result is freed when it returns.
 */
public abstract class ArrayLoss extends Loss {

  ArrayLoss(String name) {
    super(name);
  }

  /**
   * Computes the loss.
   *
   * @param predictions the outputs of a network, a floating-point array; see the loss for its shape
   * @param labels what they should have been; see the loss for shape and type
   * @return the loss, on the manager of the predictions: a scalar, or one value per position if the
   *     reduction is {@link Reduction#NONE}
   * @throws IllegalArgumentException if shapes, types or label values do not fit
   */
  public final NDArray apply(NDArray predictions, NDArray labels) {
    return apply(predictions, labels, null);
  }

  /**
   * Computes the loss with a weight for every position. A weight of 0 takes the position out:
   * neither its prediction, be it NaN, nor its label has any effect. So a mask is a weight, too.
   *
   * @param predictions the outputs of a network, a floating-point array; see the loss for its shape
   * @param labels what they should have been; see the loss for shape and type
   * @param weights of any type, 0 or more; of the shape of the single losses, with 1 where one
   *     weight is for all, or its first axes only, such as (N) for one weight per sample; or null
   * @return the loss, on the manager of the predictions: a scalar, or one value per position if the
   *     reduction is {@link Reduction#NONE}
   * @throws IllegalArgumentException if shapes, types or values do not fit
   */
  public final NDArray apply(NDArray predictions, NDArray labels, @Nullable NDArray weights) {
    if (!predictions.getDataType().isFloating()) {
      throw new IllegalArgumentException(
          getName() + ": predictions must be floating-point, but are " + predictions.getDataType());
    }
    NDArray loss;
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      loss = compute(predictions, labels, weights);
      NDScope.unregister(loss);
    }
    NDScope.register(loss);
    return loss;
  }

  /** The formula; whatever it allocates is closed by the caller, except what it returns. */
  abstract NDArray compute(NDArray predictions, NDArray labels, @Nullable NDArray weights);

  /**
   * Computes the loss of one array of predictions against one array of labels.
   *
   * @param labels a list of one array, or of two: labels and weights
   * @param predictions a list of one array
   * @return the loss
   */
  @Override
  public final NDArray evaluate(NDList labels, NDList predictions) {
    if (labels.isEmpty() || labels.size() > 2 || predictions.size() != 1) {
      throw new IllegalArgumentException(
          getName()
              + " takes one array of predictions and one of labels, perhaps with one of weights,"
              + " but was given "
              + predictions.size()
              + " and "
              + labels.size()
              + "; for several outputs write a Loss that applies it to each");
    }
    return apply(predictions.head(), labels.head(), labels.size() == 2 ? labels.get(1) : null);
  }

  /** Weights, broadcast to single losses of the given shape. */
  static NDArray weights(String loss, NDArray weights, Shape losses, DataType type) {
    Shape shape = weights.getShape();
    boolean fits = shape.dimension() <= losses.dimension();
    for (int i = 0; fits && i < shape.dimension(); i++) {
      fits = shape.get(i) == losses.get(i) || shape.get(i) == 1;
    }
    if (!fits) {
      throw new IllegalArgumentException(
          loss + ": weights " + shape + " do not fit losses " + losses);
    }
    for (int i = shape.dimension(); i < losses.dimension(); i++) {
      shape = shape.add(1);
    }
    NDArray values = weights.toType(type, false).reshape(shape);
    if (values.size() > 0
        && !(number(values.min()) >= 0 && Double.isFinite(number(values.sum())))) {
      throw new IllegalArgumentException(loss + ": weights must be 0 or more, and finite");
    }
    return values.broadcast(losses);
  }

  /**
   * A function of x, element by element, of which value and derivative are known: what autograd
   * would get from the steps behind them, in one step, and without keeping those in memory.
   *
   * @param x what to differentiate by; finite
   * @param value the function of x, detached from it
   * @param slope its derivative, detached, of the same shape
   */
  static NDArray differentiable(NDArray x, NDArray value, NDArray slope) {
    return x.sub(x.stopGradient()).muli(slope).addi(value);
  }

  static double number(NDArray scalar) {
    return scalar.toType(DataType.FLOAT64, false).getDouble();
  }

  /** A scalar of the type of {@code like}, safe beside arrays that carry a gradient. */
  static NDArray constant(NDArray like, double value) {
    return owned(like, new Shape(), value);
  }

  /** A vector of the type of {@code like}, safe beside arrays that carry a gradient. */
  static NDArray constants(NDArray like, double... values) {
    return owned(like, new Shape(values.length), values);
  }

  /**
   * An array that owns its memory. One made from a Java buffer, as in {@code x.mul(2f)}, only
   * borrows it; where autograd saves that array for the backward pass, the buffer can be collected
   * before it is read.
   */
  private static NDArray owned(NDArray like, Shape shape, double... values) {
    try (NDArray borrowed = like.getManager().create(values, shape)) {
      return like.getDataType() == DataType.FLOAT64
          ? borrowed.duplicate()
          : borrowed.toType(like.getDataType(), true);
    }
  }
}
