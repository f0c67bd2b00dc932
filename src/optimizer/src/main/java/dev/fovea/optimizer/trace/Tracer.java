package dev.fovea.optimizer.trace;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import dev.fovea.optimizer.ir.Bounds;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a graph of any DJL block: runs it, in inference mode, on stand-ins that record the calls.
 *
 * <p>Parameters become constants, named by their paths in {@link Block#getParameters()}; they are
 * copied, so that later training does not change the graph. A call that no operation stands for, a
 * random one, and one that reads elements are refused by name. What depends on the size of the
 * input is found by tracing twice at different sizes; the result is accepted only if it computes
 * what the block computes at further sizes, within 1e-5 of the output's largest element. A choice
 * that the block makes by other sizes than those tried is not seen.
 *
 * <p>Inputs are FLOAT32 unless their types are given. The engine and the device are those of the
 * block's parameters.
 */
public final class Tracer {
  private static final Logger LOG = LoggerFactory.getLogger(Tracer.class);

  /**
   * Sizes for the batch, the axes between, and the last axis: two to trace, then two to verify. The
   * first two have another ratio for each axis and for each product of axes, so that no size is
   * taken for another; the last ones are no multiples of a power of 2, so that rounding shows.
   */
  private static final long[][] PROBES = {{3, 2, 1, 4}, {64, 160, 128, 117}, {96, 192, 64, 75}};

  private final Block block;
  private final List<Type> types;
  private final List<Bounds> bounds;
  private final NDManager manager;
  private final IdentityHashMap<Parameter, Tensor> tensors = new IdentityHashMap<>();
  private final StringBuilder calls = new StringBuilder(); // of all traces

  private Tracer(Block block, List<Type> types, List<Bounds> bounds, NDManager manager) {
    this.block = block;
    this.types = types;
    this.bounds = bounds;
    this.manager = manager;
  }

  /**
   * Traces a block and leaves as many sizes open as it allows: of images (B, C, H, W) the batch,
   * height and width, else the batch alone, else none.
   *
   * @param block an initialized block
   * @param examples a shape of each input, such as (1, 3, 224, 224), that the block accepts
   * @return the graph; the types of its inputs say which axes are open
   * @throws TraceException if the block cannot be traced even at fixed sizes
   * @throws IllegalArgumentException if an example has an open axis
   */
  public static Graph trace(Block block, Shape... examples) {
    return trace(block, floats(examples));
  }

  /**
   * Traces a block and leaves as many sizes open as it allows, as {@link #trace(Block, Shape...)}.
   *
   * @param block an initialized block
   * @param examples element type and sizes of each input; the graph is verified on whole numbers
   *     from 0 to 99, 9 or 1, the most that the block accepts
   * @return the graph; the types of its inputs say which axes are open
   * @throws TraceException if the block cannot be traced even at fixed sizes
   * @throws IllegalArgumentException if an example has an open axis
   */
  public static Graph trace(Block block, List<Type> examples) {
    return trace(block, examples, Optional.empty());
  }

  /**
   * Traces a block as {@link #trace(Block, List)}, and compares only what was not compared before.
   *
   * @param block an initialized block
   * @param examples element type and sizes of each input
   * @param verified what was compared before; what is compared now is added
   * @return the graph; the types of its inputs say which axes are open
   * @throws TraceException if the block cannot be traced even at fixed sizes
   * @throws IllegalArgumentException if an example has an open axis
   */
  public static Graph trace(Block block, List<Type> examples, Optional<Verified> verified) {
    if (examples.isEmpty() || !examples.stream().allMatch(Type::isStatic)) {
      throw new IllegalArgumentException(
          "Examples have fixed sizes, got " + examples + "; traceExactly takes open ones");
    }
    List<BiFunction<Type, Integer, Boolean>> attempts =
        List.of(
            (type, axis) -> axis == 0 || (axis >= 2 && type.rank() == 4),
            (type, axis) -> axis == 0,
            (type, axis) -> false);
    List<TraceException> refusals = new ArrayList<>();
    for (BiFunction<Type, Integer, Boolean> attempt : attempts) {
      List<Type> opened = examples.stream().map(t -> opened(t, attempt)).toList();
      try {
        return traceExactly(block, opened, List.of(), examples, verified);
      } catch (TraceException e) {
        LOG.info("No graph with inputs {}: {}", opened, e.getMessage());
        refusals.add(e);
      }
    }
    TraceException last = refusals.remove(refusals.size() - 1);
    refusals.forEach(last::addSuppressed);
    throw last;
  }

  /**
   * Traces a block with the given sizes open, and the others fixed.
   *
   * @param block an initialized block
   * @param inputs the shape of each input; -1 for a size that has to stay open
   * @return the graph
   * @throws TraceException if the block cannot be traced like that; the message says why
   */
  public static Graph traceExactly(Block block, Shape... inputs) {
    return traceExactly(block, floats(inputs));
  }

  /**
   * Traces a block with the given sizes open, and the others fixed.
   *
   * @param block an initialized block
   * @param inputs element type and sizes of each input; {@link Type#DYNAMIC} for a size that has to
   *     stay open
   * @return the graph
   * @throws TraceException if the block cannot be traced like that; the message says why
   */
  public static Graph traceExactly(Block block, List<Type> inputs) {
    return traceExactly(block, inputs, Optional.empty());
  }

  /**
   * Traces a block as {@link #traceExactly(Block, List)}, and compares only what was not compared
   * before.
   *
   * @param block an initialized block
   * @param inputs element type and sizes of each input
   * @param verified what was compared before; what is compared now is added
   * @return the graph
   * @throws TraceException if the block cannot be traced like that; the message says why
   */
  public static Graph traceExactly(Block block, List<Type> inputs, Optional<Verified> verified) {
    return traceExactly(block, inputs, List.of(), List.of(), verified);
  }

  /**
   * Traces a block for sizes within bounds: what it does for others is neither tried nor promised.
   *
   * @param block an initialized block
   * @param types element type of each input
   * @param bounds the sizes of each input; the block has to accept the smallest ones and those in
   *     the middle
   * @param verified what was compared before; what is compared now is added
   * @return the graph, with the axes open that have more than one size
   * @throws TraceException if the block cannot be traced like that; the message says why
   */
  public static Graph traceWithin(
      Block block, List<DataType> types, List<Bounds> bounds, Optional<Verified> verified) {
    List<Type> open =
        IntStream.range(0, bounds.size()).mapToObj(i -> bounds.get(i).type(types.get(i))).toList();
    List<Type> least =
        IntStream.range(0, bounds.size())
            .mapToObj(i -> new Type(types.get(i), bounds.get(i).least()))
            .toList();
    return traceExactly(block, open, bounds, least, verified);
  }

  private static Graph traceExactly(
      Block block,
      List<Type> types,
      List<Bounds> bounds,
      List<Type> examples,
      Optional<Verified> verified) {
    try (NDManager manager = managerOf(block)) {
      Tracer tracer = new Tracer(block, types, bounds, manager);
      Graph graph = tracer.generalized();
      Optional<String> key = verified.map(v -> tracer.key(v, graph, examples));
      if (key.isEmpty() || !verified.get().holds(key.get())) {
        tracer.verify(graph, examples);
        key.ifPresent(k -> verified.get().add(k));
      }
      return graph;
    }
  }

  private String key(Verified verified, Graph graph, List<Type> examples) {
    List<List<Type>> sizes = List.of(probe(2), probe(3), examples);
    return verified.key(graph, calls.toString(), sizes, manager.getEngine());
  }

  private void verify(Graph graph, List<Type> examples) {
    try (Verification verification = new Verification(block, graph, manager)) {
      verification.run(probe(2), true);
      if (!types.stream().allMatch(Type::isStatic)) {
        verification.run(probe(3), false);
        if (!examples.isEmpty()) {
          verification.run(examples, true);
        }
      }
    }
  }

  private static List<Type> floats(Shape... shapes) {
    return Stream.of(shapes).map(s -> Type.of(DataType.FLOAT32, s.getShape())).toList();
  }

  private Graph generalized() {
    Graph first = record(probe(0));
    List<Type> other = probe(1);
    return Generalization.of(first, other.equals(probe(0)) ? first : record(other));
  }

  private Graph record(List<Type> inputTypes) {
    Recorder recorder = new Recorder(block, manager, tensors);
    NDList inputs = new NDList();
    inputTypes.forEach(type -> inputs.add(recorder.input(type).proxy()));
    try {
      Graph graph = recorder.graph(block.forward(new Parameters(recorder), inputs, false));
      calls.append(recorder.calls());
      return graph;
    } catch (TraceException e) {
      throw e;
    } catch (RuntimeException e) {
      throw recorder.refused("inputs " + inputTypes, e);
    }
  }

  /** The inputs with their open axes set to one of the sizes to try. */
  private List<Type> probe(int which) {
    List<Type> probed = new ArrayList<>();
    for (int input = 0; input < types.size(); input++) {
      List<Long> dims = new ArrayList<>(types.get(input).dims());
      for (int axis = 0; axis < dims.size(); axis++) {
        if (dims.get(axis) == Type.DYNAMIC) {
          long[] sizes = PROBES[axis == 0 ? 0 : axis < dims.size() - 1 ? 1 : 2];
          dims.set(
              axis,
              bounds.isEmpty() ? sizes[which] : within(bounds.get(input), axis, sizes, which));
        }
      }
      probed.add(types.get(input).withDims(dims));
    }
    return probed;
  }

  /**
   * A usual size if all of them are within the bounds. Else the axis is traced at its largest size
   * and at another one, which is another one for each axis, and verified between.
   */
  private static long within(Bounds bounds, int axis, long[] usual, int which) {
    long least = bounds.least().get(axis);
    long most = bounds.most().get(axis);
    if (LongStream.of(usual).allMatch(size -> size >= least && size <= most)) {
      return usual[which];
    }
    long span = most - least;
    long[] between = {least + span / 2, least + span / 4, most - Math.max(1, span / 4)};
    // From the last but one, which is the height of an image.
    int order = axis == 0 ? 0 : Math.floorMod(axis - (bounds.least().size() - 2), 4);
    return switch (which) {
      case 0 -> most;
      case 1 -> order == 0 ? least : between[order - 1];
      default -> between[(order + which) % between.length];
    };
  }

  private static Type opened(Type type, BiFunction<Type, Integer, Boolean> isOpen) {
    return type.withDims(
        IntStream.range(0, type.rank())
            .mapToObj(i -> isOpen.apply(type, i) ? Type.DYNAMIC : type.dims().get(i))
            .toList());
  }

  private static NDManager managerOf(Block block) {
    for (Parameter parameter : block.getParameters().values()) {
      if (parameter.isInitialized()) {
        NDArray array = parameter.getArray();
        String engine = array.getManager().getEngine().getEngineName();
        return NDManager.newBaseManager(array.getDevice(), engine);
      }
    }
    return NDManager.newBaseManager();
  }

  /** Hands out parameters as constants of the trace. */
  private static final class Parameters extends ParameterStore {
    private final Recorder recorder;

    Parameters(Recorder recorder) {
      super(recorder.manager(), false);
      this.recorder = recorder;
    }

    @Override
    public @Nullable NDArray getValue(
        @Nullable Parameter parameter, Device device, boolean training) {
      return parameter == null ? null : recorder.parameter(parameter).proxy();
    }
  }
}
