package dev.fovea.optimizer.backend;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractSymbolBlock;
import ai.djl.nn.ParameterList;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.fovea.optimizer.ir.Bounds;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.io.DataOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A block that a back end made from a graph: fixed parameters, no training. What is common to all
 * back ends; each says how its own runs.
 */
public abstract class CompiledBlock extends AbstractSymbolBlock implements AutoCloseable {

  private static final int WARM_UPS = 2; // of a profile

  private final List<Value> inputs;
  private final List<Value> outputs;
  private final List<Bounds> bounds;
  private final Profile profile;

  /**
   * Keeps the inputs and outputs of a graph, not its weights, which are the back end's.
   *
   * @param inputs those of the graph that the block runs
   * @param outputs those of the graph
   * @param nodes those that {@link #profile} finds the sources of
   * @param options what it was compiled for; inputs outside of its bounds are refused
   */
  protected CompiledBlock(
      List<Value> inputs, List<Value> outputs, List<Node> nodes, Backend.Options options) {
    bounds = options.bounds();
    this.inputs = inputs;
    this.outputs = outputs;
    profile = new Profile(nodes);
    inputNames = inputs.stream().map(Value::name).toList();
    inputShapes = inputs.stream().map(v -> shape(v.type())).toArray(Shape[]::new);
    outputDataTypes = outputs.stream().map(v -> v.type().dataType()).toArray(DataType[]::new);
  }

  private static List<String> types(List<Value> values) {
    return values.stream().map(v -> v.name() + " " + v.type()).toList();
  }

  /**
   * Runs the graph once.
   *
   * @param inputs one array per input of the graph, of its element type and number of axes
   * @return the outputs, attached to the first input's manager
   */
  protected abstract NDList run(NDList inputs);

  /**
   * Returns how many calls at a time keep the back end busy; more only wait for one another.
   *
   * @return 1 if one call takes all the threads that there are
   */
  public int requests() {
    return 1;
  }

  /**
   * Runs the graph some times, and tells how long each operation took.
   *
   * @param inputs one array per input of the graph
   * @param runs number of runs that are measured, 1 or more; two more before them are not
   * @return the operations that were executed, in their order; their times are means
   * @throws IllegalArgumentException if the inputs do not fit the graph, or for no run
   * @throws IllegalStateException if the model was not compiled with {@link
   *     Backend.Options#withProfiling}
   * @throws UnsupportedOperationException if the back end cannot tell
   */
  public final List<LayerTime> profile(NDList inputs, int runs) {
    if (runs < 1) {
      throw new IllegalArgumentException("1 run or more, got " + runs);
    }
    check(inputs);
    return profile.layers(time(inputs, WARM_UPS, runs), runs);
  }

  /**
   * Runs the graph and times its operations.
   *
   * @param inputs one array per input of the graph, of its element type and number of axes
   * @param warmUps runs that are not measured, before the others
   * @param runs runs that are measured
   * @return the operations of all measured runs
   */
  protected List<KernelTime> time(NDList inputs, int warmUps, int runs) {
    throw new UnsupportedOperationException(
        getClass().getSimpleName() + " does not tell how long its operations take");
  }

  /**
   * Makes the exception for a block that was compiled without profiling.
   *
   * @return says what to do
   */
  protected static IllegalStateException noProfiling() {
    return new IllegalStateException(
        "The model was compiled without profiling: compile it with"
            + " Backend.Options.DEFAULT.withProfiling()");
  }

  /** Releases what the block holds; it cannot run any more. */
  @Override
  public abstract void close();

  @Override
  protected final NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    if (training) {
      throw new UnsupportedOperationException(
          "An optimized model cannot be trained: train the model that it was made from");
    }
    check(inputs);
    return run(inputs);
  }

  private void check(NDList arrays) {
    boolean fits = arrays.size() == inputs.size();
    for (int i = 0; fits && i < arrays.size(); i++) {
      fits = inputs.get(i).type().accepts(type(arrays.get(i)));
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "The model takes "
              + types(inputs)
              + ", got "
              + arrays.stream().map(CompiledBlock::type).toList());
    }
    for (int i = 0; i < bounds.size(); i++) {
      Type given = type(arrays.get(i));
      if (!bounds.get(i).contain(given.dims())) {
        throw new IllegalArgumentException(
            "The model was made for sizes of "
                + inputs.get(i).name()
                + " within "
                + bounds.get(i)
                + ", got "
                + given
                + ": resize it, or make the model for wider bounds");
      }
    }
  }

  /**
   * Returns whether the buffer of an array is its memory; some engines and devices give a copy.
   *
   * @param manager a manager of such arrays
   * @return true if what is written to {@link NDArray#toByteBuffer(boolean)} is in the array
   */
  protected static boolean canWriteInPlace(NDManager manager) {
    try (NDArray probe = manager.zeros(new Shape(1), DataType.INT32)) {
      ByteBuffer buffer = probe.toByteBuffer(true);
      if (!buffer.isDirect() || buffer.isReadOnly()) {
        return false;
      }
      buffer.order(ByteOrder.nativeOrder()).putInt(0, 1);
      return probe.toIntArray()[0] == 1;
    }
  }

  private static Type type(NDArray array) {
    return Type.of(array.getDataType(), array.getShape().getShape());
  }

  private static Shape shape(Type type) {
    return new Shape(type.dims().stream().mapToLong(Long::longValue).toArray());
  }

  /**
   * {@inheritDoc}
   *
   * <p>Dynamic axes are -1.
   */
  @Override
  public final PairList<String, Shape> describeOutput() {
    return new PairList<>(
        outputs.stream().map(Value::name).toList(),
        outputs.stream().map(v -> shape(v.type())).toList());
  }

  /**
   * {@inheritDoc}
   *
   * <p>Found by a run on zeros.
   */
  @Override
  public final Shape[] getOutputShapes(Shape[] shapes) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList zeros = new NDList();
      for (int i = 0; i < shapes.length; i++) {
        zeros.add(manager.zeros(shapes[i], inputs.get(i).type().dataType()));
      }
      check(zeros);
      return run(zeros).getShapes();
    }
  }

  @Override
  public final boolean isInitialized() {
    return true;
  }

  @Override
  public final ParameterList getDirectParameters() {
    return new ParameterList();
  }

  @Override
  public final void removeLastBlock() {
    throw new UnsupportedOperationException(
        "An optimized model is one piece: cut the model that it is made from");
  }

  @Override
  public final void saveParameters(DataOutputStream os) {
    throw new UnsupportedOperationException(
        "An optimized model holds no parameters of its own: save the model that it was made from,"
            + " or export it with Optimizer.export(path)");
  }
}
