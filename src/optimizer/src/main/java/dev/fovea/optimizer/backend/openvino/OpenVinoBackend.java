package dev.fovea.optimizer.backend.openvino;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import com.sun.jna.Pointer;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.KeyedGraph;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Value;
import dev.fovea.optimizer.onnx.OnnxWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Runs a graph with <a href="https://docs.openvino.ai">OpenVINO</a> 2026.4 or newer, on the CPU.
 * OpenVINO has to be installed, see {@link OpenVinoLibrary}; processes that never ask for this back
 * end need none.
 *
 * <pre>{@code
 * Optimizer.of(model).backend(Backend.OPENVINO).precision(Precision.BF16).optimize();
 * }</pre>
 *
 * <p>What OpenVINO would compute otherwise than the model is refused: float64, cubic resizing, and
 * the mean of partial windows that counts padding. Values of int64 have to fit an int32: OpenVINO's
 * CPU computes them in that.
 *
 * <p>Devices are {@code CPU}, {@code AUTO}, {@code MULTI:CPU}, {@code HETERO:CPU} and {@code
 * BATCH:CPU(n)}: the arrays of a prediction lie in the machine's memory.
 */
public final class OpenVinoBackend implements Backend {

  /** Names of devices that compute on the CPU. */
  private static final Pattern DEVICE =
      Pattern.compile("CPU|AUTO(:CPU)?|MULTI:CPU|HETERO:CPU|BATCH:CPU(\\(\\d{1,4}\\))?");

  /** Creates the back end; nothing is loaded yet. */
  public OpenVinoBackend() {}

  @Override
  public String name() {
    return OPENVINO;
  }

  @Override
  public Map<String, String> diagnose() {
    Path library = OpenVinoLibrary.find();
    OpenVino openVino = OpenVino.load(library);
    Map<String, String> found = new LinkedHashMap<>();
    found.put("version", openVino.version());
    found.put("library", library.toString());
    Pointer core = openVino.create("start", openVino.c()::ov_core_create);
    try {
      found.put("devices", String.join(", ", openVino.devices(core)));
      found.put("capabilities of the CPU", openVino.capabilities(core));
      return found;
    } finally {
      openVino.c().ov_core_free(core);
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the processor does not have the precision, or if OpenVINO
   *     would compute something otherwise than the graph; the message names it
   * @throws IllegalStateException if OpenVINO is not found, too old or fails; the message says why
   */
  @Override
  public Block compile(Graph graph, Options options, NDManager owner) {
    return compile(OpenVino.load(OpenVinoLibrary.find()), graph, options, owner);
  }

  Block compile(OpenVino openVino, Graph graph, Options options, NDManager owner) {
    return compile(openVino, graph, options, owner, new OnnxWriter(Map.of()));
  }

  Block compile(
      OpenVino openVino, Graph graph, Options options, NDManager owner, OnnxWriter writer) {
    requireDevice(options.device());
    Pointer compiled = Compiler.compile(openVino, own(graph, options), options, writer);
    return block(
        graph.inputs(), graph.outputs(), graph.nodes(), options, openVino, compiled, owner);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The graph is made also where a profile was asked for, which needs its nodes.
   */
  @Override
  public Block compile(KeyedGraph graph, Options options, NDManager owner) {
    if (options.cache().isEmpty() || options.profiling()) {
      return compile(graph.graph(), options, owner);
    }
    requireDevice(options.device());
    OpenVino openVino = OpenVino.load(OpenVinoLibrary.find());
    Pointer compiled =
        Compiler.compile(
            openVino,
            Optional.of(graph.key()),
            () -> own(graph.graph(), options),
            options,
            new OnnxWriter(Map.of()));
    return block(graph.inputs(), graph.outputs(), List.of(), options, openVino, compiled, owner);
  }

  /** The graph as OpenVINO is given it. */
  private static Graph own(Graph graph, Options options) {
    Differences.refuse(graph);
    options.requireBoundsOf(graph);
    return FloatResults.of(graph);
  }

  private static Block block(
      List<Value> inputs,
      List<Value> outputs,
      List<Node> nodes,
      Options options,
      OpenVino openVino,
      Pointer compiled,
      NDManager owner) {
    OpenVinoBlock block = new OpenVinoBlock(inputs, outputs, nodes, options, openVino, compiled);
    owner.attachInternal(NDManager.nextUid(), block);
    return block;
  }

  private static void requireDevice(String device) {
    if (!DEVICE.matcher(device).matches()) {
      throw new IllegalArgumentException(
          "OpenVINO runs here on CPU, AUTO, MULTI:CPU, HETERO:CPU or BATCH:CPU(n), got " + device);
    }
  }
}
