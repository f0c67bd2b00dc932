package dev.fovea.optimizer.backend.openvino;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.onnx.OnnxWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Runs a graph with <a href="https://docs.openvino.ai">OpenVINO</a> 2026.4 or newer, on the CPU.
 * OpenVINO has to be installed, see {@link OpenVinoLibrary}; processes that never ask for this back
 * end need none.
 *
 * <pre>{@code
 * Optimizer.of(model).backend(new OpenVinoBackend().withPrecision(Precision.BF16)).optimize();
 * }</pre>
 *
 * <p>What OpenVINO would compute otherwise than the model is refused: float64, cubic resizing, and
 * the mean of partial windows that counts padding. Values of int64 have to fit an int32: OpenVINO's
 * CPU computes them in that.
 *
 * @param precision what float32 values are computed in
 * @param hint what to be fast at
 * @param cache a folder in which OpenVINO keeps compiled models, made if there is none, so that
 *     compiling the same model again is faster. What is in it is trusted: give it to no one else to
 *     write. Empty: nothing is kept
 */
public record OpenVinoBackend(Precision precision, Hint hint, Optional<Path> cache)
    implements Backend {

  private static final String DEVICE = "CPU";

  /** What float32 values are computed in. Inputs and outputs are float32 in any case. */
  public enum Precision {
    /** float32, as the model was trained. */
    F32("FP32"),
    /** bfloat16: about 3 significant digits, for processors that have it. */
    BF16("BF16"),
    /** float16, for processors that have it. */
    F16("FP16");

    private final String capability; // OpenVINO's name for a processor that has it

    Precision(String capability) {
      this.capability = capability;
    }
  }

  /** What OpenVINO is to be fast at. */
  public enum Hint {
    /** One prediction at a time, each with all threads. */
    LATENCY,
    /** Several predictions at a time, from as many threads of the caller. */
    THROUGHPUT
  }

  /** Creates the back end with float32, for latency and without a cache; nothing is loaded yet. */
  public OpenVinoBackend() {
    this(Precision.F32, Hint.LATENCY, Optional.empty());
  }

  /**
   * Returns the same back end with another precision.
   *
   * @param precision what float32 values are computed in
   * @return another back end
   */
  public OpenVinoBackend withPrecision(Precision precision) {
    return new OpenVinoBackend(precision, hint, cache);
  }

  /**
   * Returns the same back end with another hint.
   *
   * @param hint what to be fast at
   * @return another back end
   */
  public OpenVinoBackend withHint(Hint hint) {
    return new OpenVinoBackend(precision, hint, cache);
  }

  /**
   * Returns the same back end with a cache.
   *
   * @param folder where OpenVINO keeps compiled models
   * @return another back end
   */
  public OpenVinoBackend withCache(Path folder) {
    return new OpenVinoBackend(precision, hint, Optional.of(folder));
  }

  @Override
  public String name() {
    return OPENVINO;
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
    Differences.refuse(graph);
    byte[] onnx = new OnnxWriter(Map.of()).toBytes(graph);
    Pointer compiled = compile(openVino, onnx, options.threads());
    OpenVinoBlock block = new OpenVinoBlock(graph, openVino, compiled);
    owner.attachInternal(NDManager.nextUid(), block);
    return block;
  }

  private Pointer compile(OpenVino openVino, byte[] onnx, int threads) {
    OpenVinoC c = openVino.c();
    Pointer core = openVino.create("start", c::ov_core_create);
    try {
      requirePrecision(openVino, core);
      Pointer model =
          openVino.create(
              "read this graph",
              r -> c.ov_core_read_model_from_memory_buffer(core, onnx, onnx.length, null, r));
      try (Properties properties = new Properties(properties(threads))) {
        return openVino.create(
            "compile this graph",
            r ->
                c.ov_core_compile_model_props(
                    core, model, DEVICE, properties.count, properties.pairs, r));
      } finally {
        c.ov_model_free(model);
      }
    } finally {
      c.ov_core_free(core); // what was compiled holds what it needs
    }
  }

  private void requirePrecision(OpenVino openVino, Pointer core) {
    String capabilities =
        openVino.text(
            "tell what the processor has",
            r -> openVino.c().ov_core_get_property(core, DEVICE, "OPTIMIZATION_CAPABILITIES", r));
    if (!List.of(capabilities.split(" ", -1)).contains(precision.capability)) {
      throw new IllegalArgumentException(
          "OpenVINO does not compute in "
              + precision
              + " on this processor; it has "
              + capabilities
              + ". Use Precision.F32");
    }
  }

  private Map<String, String> properties(int threads) {
    Map<String, String> properties = new LinkedHashMap<>();
    // Always said: where there is bfloat16, OpenVINO would choose it.
    properties.put("INFERENCE_PRECISION_HINT", precision.name().toLowerCase(Locale.ROOT));
    properties.put("PERFORMANCE_HINT", hint.name());
    if (threads > 0) {
      properties.put("INFERENCE_NUM_THREADS", Integer.toString(threads));
    }
    cache.ifPresent(folder -> properties.put("CACHE_DIR", folder.toAbsolutePath().toString()));
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
