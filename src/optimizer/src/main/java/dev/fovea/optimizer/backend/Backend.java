package dev.fovea.optimizer.backend;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import dev.fovea.optimizer.Hint;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.ir.Bounds;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import dev.fovea.optimizer.rewrite.Rewrite;
import dev.fovea.optimizer.rewrite.Rewrites;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Makes a graph into a block that runs it. The block is an ordinary one: a model that holds it
 * makes ordinary predictors.
 *
 * <pre>{@code
 * Model fast = Model.newInstance("segformer");
 * fast.setBlock(backend.compile(graph, Options.DEFAULT, fast.getNDManager()));
 * }</pre>
 *
 * <p>Other back ends are found with {@link ServiceLoader}.
 */
public interface Backend {

  /** Name of the back end that runs a graph with ONNX Runtime, on the CPU. */
  String ONNX_RUNTIME = "onnxruntime";

  /** Name of the back end that runs a graph with OpenVINO, on the CPU. */
  String OPENVINO = "openvino";

  /** Name of the back end that runs a graph with the operations of the DJL engine itself. */
  String PYTORCH = "pytorch";

  /**
   * What is asked of a back end. A back end that cannot do something refuses it: nothing is
   * ignored.
   *
   * <pre>{@code
   * Options.DEFAULT.withHint(Hint.THROUGHPUT).withStreams(2)
   * }</pre>
   *
   * @param precision what float32 values are computed in: {@link Precision#F32}, {@link
   *     Precision#BF16} or {@link Precision#F16}. A quantized graph computes its quantized layers
   *     in 8-bit integers whatever is said here
   * @param hint what to be fast at
   * @param threads threads that work for this model; 0: as many as the back end finds best
   * @param streams predictions that are computed at the same time; 0: as many as the hint asks for
   * @param pinning whether each thread stays on one processor; empty: as the back end finds best
   * @param cache a folder in which models are kept as far as they were made, made itself if there
   *     is none, so that making the same model again is faster. What is in it is trusted: give it
   *     to no one else to write. Empty: nothing is kept
   * @param device the back end's name of the device that computes; {@value #CPU} is everywhere
   * @param profiling whether {@link CompiledBlock#profile} is wanted; it may cost some speed, and
   *     the memory of a second copy of the weights
   * @param bounds the sizes that each input may have, where its axes are dynamic; empty: any
   */
  record Options(
      Precision precision,
      Hint hint,
      int threads,
      int streams,
      Optional<Boolean> pinning,
      Optional<Path> cache,
      String device,
      boolean profiling,
      List<Bounds> bounds) {

    /** The device that every back end has. */
    public static final String CPU = "CPU";

    /** float32, fast at one prediction at a time, the rest as the back end finds best. */
    public static final Options DEFAULT =
        new Options(
            Precision.F32,
            Hint.LATENCY,
            0,
            0,
            Optional.empty(),
            Optional.empty(),
            CPU,
            false,
            List.of());

    /** {@inheritDoc} */
    public Options {
      if (precision == Precision.INT8) {
        throw new IllegalArgumentException(
            "INT8 is a matter of the graph, which has to be quantized, not of the back end: choose"
                + " F32, BF16 or F16 for the layers that are left");
      }
      bounds = List.copyOf(bounds);
      requireCount("threads", threads);
      requireCount("streams", streams);
      if (device.isBlank()) {
        throw new IllegalArgumentException("device is a name such as CPU, got \"" + device + "\"");
      }
    }

    /**
     * Refuses bounds that are not those of a graph's inputs.
     *
     * @param graph the graph that is to be compiled
     * @throws IllegalArgumentException if there are bounds, and not one for each input that fits it
     */
    public void requireBoundsOf(Graph graph) {
      List<Type> types = graph.inputs().stream().map(Value::type).toList();
      boolean fit = bounds.isEmpty() || bounds.size() == types.size();
      for (int i = 0; fit && i < bounds.size(); i++) {
        fit = types.get(i).accepts(new Type(types.get(i).dataType(), bounds.get(i).least()));
      }
      if (!fit) {
        throw new IllegalArgumentException(
            "The graph takes " + types + ", which the bounds " + bounds + " do not fit");
      }
    }

    private static void requireCount(String name, int count) {
      if (count < 0) {
        throw new IllegalArgumentException(name + " is 0 or more, got " + count);
      }
    }

    /**
     * Returns the same options with another precision.
     *
     * @param precision what float32 values are computed in
     * @return other options
     */
    public Options withPrecision(Precision precision) {
      return new Options(
          precision, hint, threads, streams, pinning, cache, device, profiling, bounds);
    }

    /**
     * Returns the same options with another hint.
     *
     * @param hint what to be fast at
     * @return other options
     */
    public Options withHint(Hint hint) {
      return new Options(
          precision, hint, threads, streams, pinning, cache, device, profiling, bounds);
    }

    /**
     * Returns the same options with another number of threads.
     *
     * @param threads 1 or more; 0: as many as the back end finds best
     * @return other options
     */
    public Options withThreads(int threads) {
      return new Options(
          precision, hint, threads, streams, pinning, cache, device, profiling, bounds);
    }

    /**
     * Returns the same options with another number of streams.
     *
     * @param streams 1 or more; 0: as many as the hint asks for
     * @return other options
     */
    public Options withStreams(int streams) {
      return new Options(
          precision, hint, threads, streams, pinning, cache, device, profiling, bounds);
    }

    /**
     * Returns the same options with threads that stay on one processor or do not.
     *
     * @param pinning whether they stay
     * @return other options
     */
    public Options withPinning(boolean pinning) {
      return new Options(
          precision,
          hint,
          threads,
          streams,
          Optional.of(pinning),
          cache,
          device,
          profiling,
          bounds);
    }

    /**
     * Returns the same options with a cache.
     *
     * @param folder where compiled models are kept
     * @return other options
     */
    public Options withCache(Path folder) {
      return new Options(
          precision,
          hint,
          threads,
          streams,
          pinning,
          Optional.of(folder),
          device,
          profiling,
          bounds);
    }

    /**
     * Returns the same options without a cache.
     *
     * @return other options
     */
    public Options withoutCache() {
      return new Options(
          precision, hint, threads, streams, pinning, Optional.empty(), device, profiling, bounds);
    }

    /**
     * Returns the same options with another device.
     *
     * @param device the back end's name of it
     * @return other options
     */
    public Options withDevice(String device) {
      return new Options(
          precision, hint, threads, streams, pinning, cache, device, profiling, bounds);
    }

    /**
     * Returns the same options with bounds of the sizes of inputs.
     *
     * @param bounds the sizes that each input may have; none: any
     * @return other options
     */
    public Options withBounds(List<Bounds> bounds) {
      return new Options(
          precision, hint, threads, streams, pinning, cache, device, profiling, bounds);
    }

    /**
     * Returns the same options with {@link CompiledBlock#profile}.
     *
     * @return other options
     */
    public Options withProfiling() {
      return new Options(precision, hint, threads, streams, pinning, cache, device, true, bounds);
    }
  }

  /**
   * The name by which a user asks for it.
   *
   * @return a short lower-case name
   */
  String name();

  /**
   * Looks at what this machine has of the back end.
   *
   * @return what was found, such as its version and where it is, in a fixed order; not empty
   * @throws IllegalStateException if the back end does not work on this machine; the message says
   *     why and what to do
   */
  default Map<String, String> diagnose() {
    return Map.of("class", getClass().getName());
  }

  /**
   * The rewrites that give it what it is fast on.
   *
   * @return rewrites, in order
   */
  default List<Rewrite> rewrites() {
    return Rewrites.DEFAULT;
  }

  /**
   * Makes a block that computes what the graph computes. Several threads may run it at once.
   *
   * @param graph the graph to run
   * @param options what is asked for
   * @param owner what the block holds outside of the Java heap is released when this manager is
   *     closed; that of the model which the block is for
   * @return the block; its parameters are fixed, it cannot be trained
   * @throws IllegalArgumentException if the back end cannot do what the options ask for
   * @throws IllegalStateException if the back end does not work on this machine; the message says
   *     why and what to do
   */
  Block compile(Graph graph, Options options, NDManager owner);

  /**
   * Makes a block as {@link #compile(Graph, Options, NDManager)}, of what {@link Options#cache} has
   * under the graph's key, or else of the graph.
   *
   * @param graph the graph to run
   * @param options what is asked for
   * @param owner what the block holds outside of the Java heap is released when this manager is
   *     closed
   * @return the block; its parameters are fixed, it cannot be trained
   * @throws IllegalArgumentException if the back end cannot do what the options ask for
   * @throws IllegalStateException if the back end does not work on this machine
   */
  default Block compile(KeyedGraph graph, Options options, NDManager owner) {
    return compile(graph.graph(), options, owner);
  }

  /**
   * Finds all back ends, whether they work on this machine or not.
   *
   * @return the back ends of this library and of the class path
   */
  static List<Backend> all() {
    return ServiceLoader.load(Backend.class, Backend.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }

  /**
   * Finds a back end.
   *
   * @param name its name
   * @return the back end
   * @throws IllegalArgumentException if there is none of that name; the message lists those that
   *     there are
   */
  static Backend named(String name) {
    List<Backend> all = all();
    return all.stream()
        .filter(b -> b.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "No back end is named "
                        + name
                        + "; there are "
                        + all.stream().map(Backend::name).toList()));
  }
}
