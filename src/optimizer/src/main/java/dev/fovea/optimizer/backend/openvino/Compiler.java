package dev.fovea.optimizer.backend.openvino;

import ai.djl.ndarray.types.DataType;
import com.sun.jna.Pointer;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.backend.Backend.Options;
import dev.fovea.optimizer.backend.ModelCache;
import dev.fovea.optimizer.ir.Bounds;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import dev.fovea.optimizer.onnx.OnnxWriter;
import dev.fovea.optimizer.onnx.TemporaryModel;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes graphs into compiled models.
 *
 * <p>With a cache, OpenVINO is asked by a number of our choice ({@code CACHE_BLOB_ID}) for what it
 * keeps in a folder that is named after the graph and everything else that decides what is
 * compiled. That spares the graph's way through ONNX, which takes as long as compiling does.
 *
 * @param openVino the library
 * @param core OpenVINO's core
 * @param options what is asked for
 * @param writer how the graph is given to OpenVINO
 */
record Compiler(OpenVino openVino, Pointer core, Options options, OnnxWriter writer) {

  private static final Logger LOG = LoggerFactory.getLogger(Compiler.class);

  private static final String ID = "1"; // one blob a folder

  /**
   * Compiles a graph, which its digest tells from others.
   *
   * @return the compiled model, to be freed by the caller
   * @throws IllegalArgumentException if the processor does not have the precision
   * @throws IllegalStateException if OpenVINO fails
   */
  static Pointer compile(OpenVino openVino, Graph graph, Options options, OnnxWriter writer) {
    return compile(openVino, Optional.empty(), () -> graph, options, writer);
  }

  /**
   * Compiles a graph that is made if it is needed.
   *
   * @param known what tells the graph from others; else its digest does
   * @param graph called when the graph is needed
   * @return the compiled model, to be freed by the caller
   * @throws IllegalArgumentException if the processor does not have the precision
   * @throws IllegalStateException if OpenVINO fails
   */
  static Pointer compile(
      OpenVino openVino,
      Optional<String> known,
      Supplier<Graph> graph,
      Options options,
      OnnxWriter writer) {
    Pointer core = openVino.create("start", openVino.c()::ov_core_create);
    try {
      return new Compiler(openVino, core, options, writer).compile(known, graph);
    } finally {
      openVino.c().ov_core_free(core); // what was compiled holds what it needs
    }
  }

  private Pointer compile(Optional<String> known, Supplier<Graph> graph) {
    requirePrecision();
    Map<String, String> properties = properties();
    if (options.cache().isEmpty()) {
      return compile(graph.get(), properties, options.bounds());
    }
    Path folder = options.cache().get().toAbsolutePath();
    if (!options.device().equals(Options.CPU)) { // those made of it have a cache of their own
      properties.put("CACHE_DIR", folder.toString());
      return compile(graph.get(), properties, options.bounds());
    }
    ModelCache cache = new ModelCache(folder);
    String key = key(known.orElseGet(() -> writer.fingerprint(graph.get())), properties);
    return cache
        .find(key)
        .flatMap(entry -> kept(cache, entry, properties))
        .orElseGet(
            () ->
                cache.fill(
                    key,
                    entry -> compile(graph.get(), cached(properties, entry), options.bounds())));
  }

  private String key(String graph, Map<String, String> properties) {
    return ModelCache.key(
        List.of(
            "OpenVINO " + openVino.version(),
            openVino.processor(core),
            openVino.capabilities(core),
            properties.toString(),
            options.bounds().toString(),
            graph));
  }

  private static Map<String, String> cached(Map<String, String> properties, Path folder) {
    Map<String, String> all = new LinkedHashMap<>(properties);
    all.put("CACHE_DIR", folder.toString());
    all.put("CACHE_BLOB_ID", ID);
    return all;
  }

  /** What is kept, or nothing if OpenVINO does not take it. */
  private Optional<Pointer> kept(ModelCache cache, Path entry, Map<String, String> properties) {
    String reason;
    try {
      Pointer compiled = compile(nothing(), cached(properties, entry), List.of());
      if (isFromCache(compiled)) {
        return Optional.of(compiled);
      }
      openVino.c().ov_compiled_model_free(compiled);
      reason = "OpenVINO does not take it";
    } catch (IllegalStateException e) {
      reason = e.getMessage();
    }
    LOG.warn("The compiled model {} is made again: {}", entry, reason);
    cache.remove(entry);
    return Optional.empty();
  }

  private boolean isFromCache(Pointer compiled) {
    String key = "LOADED_FROM_CACHE";
    return openVino
        .text(
            "tell where a model is from",
            r -> openVino.c().ov_compiled_model_get_property(compiled, key, r))
        .equals("YES");
  }

  /** Stands for the graph where OpenVINO needs none. */
  private static Graph nothing() {
    Value x = new Value(0, "x", Type.of(DataType.FLOAT32, 1));
    Value y = new Value(1, "y", Type.of(DataType.FLOAT32, 1));
    Node node = Node.of(new ElementOp.Unary(ElementOp.Unary.Kind.RELU), List.of(x), y, "");
    return new Graph(List.of(x), List.of(y), List.of(node), Map.of());
  }

  private Pointer compile(Graph graph, Map<String, String> properties, List<Bounds> bounds) {
    OpenVinoC c = openVino.c();
    Pointer model = read(graph);
    try (Properties given = new Properties(properties)) {
      bound(model, bounds);
      return openVino.create(
          "compile this graph",
          r ->
              c.ov_core_compile_model_props(
                  core, model, options.device(), given.count(), given.pairs(), r));
    } finally {
      c.ov_model_free(model);
    }
  }

  /** Says which sizes the inputs may have, where there are bounds. */
  private void bound(Pointer model, List<Bounds> bounds) {
    if (!bounds.isEmpty()) {
      try (PartialShapes shapes = new PartialShapes(bounds)) {
        openVino.check(
            "bound the inputs to " + bounds,
            openVino
                .c()
                .ov_model_reshape_by_port_indexes(
                    model, shapes.indexes(), shapes.shapes(), bounds.size()));
      }
    }
  }

  private Pointer read(Graph graph) {
    OpenVinoC c = openVino.c();
    String what = "read this graph";
    if (writer.fits(graph)) {
      ByteBuffer onnx = writer.toBuffer(graph);
      return openVino.create(
          what,
          r -> c.ov_core_read_model_from_memory_buffer(core, onnx, onnx.remaining(), null, r));
    }
    try (TemporaryModel model = new TemporaryModel(writer, graph)) {
      String path = model.path().toString();
      return openVino.create(what, r -> c.ov_core_read_model(core, path, null, r));
    }
  }

  private void requirePrecision() {
    String capabilities = openVino.capabilities(core);
    Precision precision = options.precision();
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

  private Map<String, String> properties() {
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
    return properties;
  }
}
