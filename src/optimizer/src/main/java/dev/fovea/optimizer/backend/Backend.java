package dev.fovea.optimizer.backend;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.rewrite.Rewrite;
import dev.fovea.optimizer.rewrite.Rewrites;
import java.util.List;
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
   * What every back end can be asked for.
   *
   * @param threads threads that work on one prediction; 0: as many as the back end finds best
   */
  record Options(int threads) {

    /** Nothing in particular. */
    public static final Options DEFAULT = new Options(0);

    /** {@inheritDoc} */
    public Options {
      if (threads < 0) {
        throw new IllegalArgumentException("threads is 0 or more, got " + threads);
      }
    }
  }

  /**
   * The name by which a user asks for it.
   *
   * @return a short lower-case name
   */
  String name();

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
   * Finds a back end.
   *
   * @param name its name
   * @return the back end
   * @throws IllegalArgumentException if there is none of that name; the message lists those that
   *     there are
   */
  static Backend named(String name) {
    List<Backend> all =
        ServiceLoader.load(Backend.class, Backend.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .toList();
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
