package dev.fovea.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.Pair;
import ai.djl.util.PairList;
import org.jspecify.annotations.Nullable;

/**
 * A DJL block whose parameter paths are those of the reference checkpoint: {@code
 * stages.0.blocks.1.conv_dw.weight}, where DJL says {@code 02Stage_01Block_03Conv2d_weight}.
 *
 * <p>The paths are the one language that weight loading, freezing, decay groups, traces and error
 * messages speak. A child is registered under its bare name, which may hold dots, so no class
 * exists only to give a name. A leaf knows its sizes when it is built, so a network holds no shape
 * inference.
 *
 * <p>An array is closed where it is consumed if it is large; whatever else a layer leaves behind is
 * released by the {@link Forward.Scope} around it. A layer never closes its input.
 */
public abstract class Layer extends AbstractBlock {

  /** Creates a layer without parameters or children. */
  protected Layer() {}

  /**
   * The mathematics of this layer.
   *
   * @param x input; each layer states its shape
   * @param pass the forward pass that this is part of
   * @return output
   */
  public abstract NDArray forward(NDArray x, Forward pass);

  /**
   * Registers a child.
   *
   * @param <B> type of the child
   * @param name name in the reference checkpoint; may hold dots
   * @param block the child
   * @return the child
   */
  protected final <B extends Block> B child(String name, B block) {
    children.add(name, block);
    return block;
  }

  /**
   * Registers a parameter, initialized as its type says.
   *
   * @param name last part of its path in the reference checkpoint
   * @param type what it is for
   * @param shape its sizes
   * @return the parameter
   */
  protected final Parameter parameter(String name, Parameter.Type type, long... shape) {
    return parameter(name, type, null, shape);
  }

  /**
   * Registers a parameter.
   *
   * @param name last part of its path in the reference checkpoint
   * @param type what it is for
   * @param initializer its first value; null: what the type says
   * @param shape its sizes
   * @return the parameter
   */
  protected final Parameter parameter(
      String name, Parameter.Type type, @Nullable Initializer initializer, long... shape) {
    boolean trained = type != Parameter.Type.RUNNING_MEAN && type != Parameter.Type.RUNNING_VAR;
    return register(name, type, trained, initializer, shape);
  }

  /**
   * Registers a table that a checkpoint holds but training does not change.
   *
   * @param name last part of its path in the reference checkpoint
   * @param values its values
   * @param shape its sizes
   * @return a parameter without a gradient
   */
  protected final Parameter table(String name, Initializer values, long... shape) {
    return register(name, Parameter.Type.OTHER, false, values, shape);
  }

  private Parameter register(
      String name,
      Parameter.Type type,
      boolean trained,
      @Nullable Initializer initializer,
      long... shape) {
    Parameter.Builder builder =
        Parameter.builder()
            .setName(name)
            .setType(type)
            .optShape(new Shape(shape))
            .optRequiresGrad(trained);
    if (initializer != null) {
      builder.optInitializer(initializer);
    }
    return addParameter(builder.build());
  }

  /**
   * Fills the parameters that have no value yet. The sizes of a layer do not depend on its input.
   *
   * @param manager owner of the arrays
   */
  public final void initialize(NDManager manager) {
    initialize(manager, DataType.FLOAT32);
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    NDArray x = inputs.singletonOrThrow();
    Forward pass = new Forward(store, training);
    try (Forward.Scope scope = pass.scope(x)) {
      return new NDList(scope.keep(forward(x, pass)));
    }
  }

  @Override
  public final ParameterList getParameters() {
    ParameterList all = getDirectParameters();
    for (Pair<String, Block> child : children) {
      for (Pair<String, Parameter> parameter : child.getValue().getParameters()) {
        all.add(child.getKey() + "." + parameter.getKey(), parameter.getValue());
      }
    }
    return all;
  }

  @Override
  public boolean isInitialized() {
    return getParameters().values().stream().allMatch(Parameter::isInitialized);
  }

  @Override
  protected final void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
    children.values().forEach(child -> child.initialize(manager, type, inputs));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Found by a forward pass on zeros, so the parameters must have values.
   */
  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    if (!isInitialized()) {
      throw new IllegalStateException(
          getClass().getSimpleName() + " has no parameter values yet: call initialize(manager)");
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList zeros = new NDList();
      for (Shape shape : inputShapes) {
        zeros.add(manager.zeros(shape));
      }
      return forward(new ParameterStore(manager, false), zeros, false).getShapes();
    }
  }
}
