package dev.fovea.optimizer.backend.openvino;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.onnx.OnnxWriter;
import dev.fovea.optimizer.onnx.TemporaryModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    Differences.refuse(graph);
    Pointer compiled = compile(openVino, FloatResults.of(graph), options, writer);
    OpenVinoBlock block = new OpenVinoBlock(graph, openVino, compiled, options.profiling());
    owner.attachInternal(NDManager.nextUid(), block);
    return block;
  }

  private static void requireDevice(String device) {
    if (!DEVICE.matcher(device).matches()) {
      throw new IllegalArgumentException(
          "OpenVINO runs here on CPU, AUTO, MULTI:CPU, HETERO:CPU or BATCH:CPU(n), got " + device);
    }
  }

  private static Pointer compile(
      OpenVino openVino, Graph graph, Options options, OnnxWriter writer) {
    OpenVinoC c = openVino.c();
    Pointer core = openVino.create("start", c::ov_core_create);
    try {
      requirePrecision(openVino, core, options.precision());
      Pointer model = read(openVino, core, graph, writer);
      try (Properties properties = new Properties(properties(options))) {
        return openVino.create(
            "compile this graph",
            r ->
                c.ov_core_compile_model_props(
                    core, model, options.device(), properties.count, properties.pairs, r));
      } finally {
        c.ov_model_free(model);
      }
    } finally {
      c.ov_core_free(core); // what was compiled holds what it needs
    }
  }

  private static Pointer read(OpenVino openVino, Pointer core, Graph graph, OnnxWriter writer) {
    OpenVinoC c = openVino.c();
    String what = "read this graph";
    if (writer.fits(graph)) {
      byte[] onnx = writer.toBytes(graph);
      return openVino.create(
          what, r -> c.ov_core_read_model_from_memory_buffer(core, onnx, onnx.length, null, r));
    }
    try (TemporaryModel model = new TemporaryModel(writer, graph)) {
      String path = model.path().toString();
      return openVino.create(what, r -> c.ov_core_read_model(core, path, null, r));
    }
  }

  private static void requirePrecision(OpenVino openVino, Pointer core, Precision precision) {
    String capabilities = openVino.capabilities(core);
    // Its names are BF16, but FP32 and FP16.
    String capability = precision == Precision.BF16 ? "BF16" : precision.name().replace("F", "FP");
    if (!List.of(capabilities.split(" ", -1)).contains(capability)) {
      throw new IllegalArgumentException(
          "OpenVINO does not compute in "
              + precision
              + " on this processor; it has "
              + capabilities
              + ". Use Precision.F32");
    }
  }

  private static Map<String, String> properties(Options options) {
    Map<String, String> properties = new LinkedHashMap<>();
    // Always said: where there is bfloat16, OpenVINO would choose it.
    properties.put("INFERENCE_PRECISION_HINT", options.precision().name().toLowerCase(Locale.ROOT));
    properties.put("PERFORMANCE_HINT", options.hint().name());
    if (options.threads() > 0) {
      properties.put("INFERENCE_NUM_THREADS", Integer.toString(options.threads()));
    }
    if (options.streams() > 0) {
      properties.put("NUM_STREAMS", Integer.toString(options.streams()));
    }
    options.pinning().ifPresent(pin -> properties.put("ENABLE_CPU_PINNING", pin ? "YES" : "NO"));
    if (options.profiling()) {
      properties.put("PERF_COUNT", "YES");
    }
    options
        .cache()
        .ifPresent(folder -> properties.put("CACHE_DIR", folder.toAbsolutePath().toString()));
    return properties;
  }

  /** An array of {@code ov_property_t}. */
  private static final class Properties implements AutoCloseable {

    private final List<Memory> texts = new ArrayList<>();
    private final Memory pairs;
    private final int count;

    Properties(Map<String, String> properties) {
      count = properties.size();
      properties.forEach(
          (key, value) -> {
            texts.add(text(key));
            texts.add(text(value));
          });
      pairs = new Memory((long) texts.size() * Long.BYTES);
      for (int i = 0; i < texts.size(); i++) {
        pairs.setPointer((long) i * Long.BYTES, texts.get(i));
      }
    }

    private static Memory text(String value) {
      byte[] bytes = (value + '\0').getBytes(StandardCharsets.UTF_8);
      Memory memory = new Memory(bytes.length);
      memory.write(0, bytes, 0, bytes.length);
      return memory;
    }

    @Override
    public void close() {
      texts.forEach(Memory::close);
      pairs.close();
    }
  }
}
