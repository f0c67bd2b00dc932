package dev.fovea.optimizer.backend.onnxruntime;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import dev.fovea.optimizer.Hint;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.KeyedGraph;
import dev.fovea.optimizer.backend.ModelCache;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.onnx.NormalizationForm;
import dev.fovea.optimizer.onnx.OnnxWriter;
import dev.fovea.optimizer.onnx.TemporaryModel;
import dev.fovea.optimizer.rewrite.Rewrites;
import dev.fovea.optimizer.rewrite.Rewritten;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a graph with <a href="https://onnxruntime.ai">ONNX Runtime</a> 1.29 or newer, on the CPU,
 * with all of its own optimizations on.
 *
 * <p>For {@link Hint#THROUGHPUT}, a prediction is computed by the thread that asks for it, unless a
 * number of threads is given: as many run at the same time as threads call.
 */
public final class OnnxRuntimeBackend implements Backend {

  private static final Logger LOG = LoggerFactory.getLogger(OnnxRuntimeBackend.class);

  private static final String FILE = "model.onnx";
  private static final OnnxWriter WRITER =
      new OnnxWriter(Map.of()).withNormalization(NormalizationForm.INSTANCE);

  /** Creates the back end; nothing is loaded yet. */
  public OnnxRuntimeBackend() {}

  @Override
  public String name() {
    return ONNX_RUNTIME;
  }

  @Override
  public Map<String, String> diagnose() {
    OrtEnvironment environment = Environment.get();
    Map<String, String> found = new LinkedHashMap<>();
    found.put("version", environment.getVersion());
    found.put(
        "providers",
        String.join(
            ", ",
            OrtEnvironment.getAvailableProviders().stream().map(OrtProvider::getName).toList()));
    CodeSource source = OrtEnvironment.class.getProtectionDomain().getCodeSource();
    if (source != null) {
      found.put("jar", source.getLocation().getPath());
    }
    return found;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Of a graph without a key nothing is kept: to make it is what takes time.
   */
  @Override
  public Block compile(Graph graph, Options options, NDManager owner) {
    return compile(own(graph), options, owner, WRITER);
  }

  /**
   * {@inheritDoc}
   *
   * <p>What is kept is the graph as an ONNX file: ONNX Runtime takes little time to compile. It is
   * made anew where a profile was asked for, which needs its nodes.
   */
  @Override
  public Block compile(KeyedGraph graph, Options options, NDManager owner) {
    if (options.cache().isEmpty() || options.profiling()) {
      return compile(graph.graph(), options, owner);
    }
    refuse(options);
    ModelCache cache = new ModelCache(options.cache().get().toAbsolutePath());
    String key = ModelCache.key(List.of("ONNX", graph.key()));
    Optional<Path> kept = cache.find(key);
    if (kept.isPresent()) {
      try {
        return block(kept.get(), graph, options, owner);
      } catch (IllegalStateException e) {
        LOG.warn("The model {} is made again: {}", kept.get(), e.getMessage());
        cache.remove(kept.get());
      }
    }
    return cache.fill(
        key,
        folder -> {
          write(graph.graph(), options, folder);
          return block(folder, graph, options, owner);
        });
  }

  private static void write(Graph graph, Options options, Path folder) {
    options.requireBoundsOf(graph);
    try {
      WRITER.write(own(graph), folder.resolve(FILE));
    } catch (IOException e) {
      throw new UncheckedIOException("The model cannot be kept in " + folder, e);
    }
  }

  private static Block block(Path folder, KeyedGraph graph, Options options, NDManager owner) {
    OrtEnvironment environment = Environment.get();
    try (OrtSession.SessionOptions settings = settings(options)) {
      OrtSession session = environment.createSession(folder.resolve(FILE).toString(), settings);
      return attached(
          new OnnxRuntimeBlock(
              graph.inputs(),
              graph.outputs(),
              List.of(),
              options,
              environment,
              session,
              requests(options),
              Optional.empty()),
          owner);
    } catch (OrtException e) {
      throw failed(e);
    }
  }

  private static Block attached(OnnxRuntimeBlock block, NDManager owner) {
    owner.attachInternal(NDManager.nextUid(), block);
    return block;
  }

  private static IllegalStateException failed(OrtException e) {
    return new IllegalStateException("ONNX Runtime cannot run this graph: " + e.getMessage(), e);
  }

  /** The graph as ONNX Runtime is given it. */
  private static Graph own(Graph graph) {
    return Rewritten.of(graph, Rewrites.BEFORE_INSTANCE_NORMALIZATION).graph();
  }

  Block compile(Graph graph, Options options, NDManager owner, OnnxWriter writer) {
    refuse(options);
    options.requireBoundsOf(graph);
    OrtEnvironment environment = Environment.get();
    try (OrtSession.SessionOptions settings = settings(options)) {
      OrtSession session = session(environment, graph, settings, writer);
      Optional<ProfiledSession> profiled =
          options.profiling()
              ? Optional.of(folder -> session(environment, graph, folder, options, writer))
              : Optional.empty();
      return attached(
          new OnnxRuntimeBlock(
              graph.inputs(),
              graph.outputs(),
              graph.nodes(),
              options,
              environment,
              session,
              requests(options),
              profiled),
          owner);
    } catch (OrtException e) {
      throw failed(e);
    }
  }

  private static OrtSession.SessionOptions settings(Options options) throws OrtException {
    OrtSession.SessionOptions settings = new OrtSession.SessionOptions();
    settings.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
    if (options.threads() > 0) {
      settings.setIntraOpNumThreads(options.threads());
    } else if (options.hint() == Hint.THROUGHPUT) {
      settings.setIntraOpNumThreads(1); // each prediction on its caller's thread
    }
    return settings;
  }

  /** A session that writes what it does to a file in a folder. */
  private static OrtSession session(
      OrtEnvironment environment, Graph graph, Path folder, Options options, OnnxWriter writer)
      throws OrtException {
    try (OrtSession.SessionOptions settings = settings(options)) {
      settings.enableProfiling(folder.resolve("profile").toString());
      return session(environment, graph, settings, writer);
    }
  }

  /** How many callers have a processor for each of their threads. */
  private static int requests(Options options) {
    return options.hint() == Hint.THROUGHPUT
        ? Math.max(1, Runtime.getRuntime().availableProcessors() / Math.max(1, options.threads()))
        : 1;
  }

  private static OrtSession session(
      OrtEnvironment environment,
      Graph graph,
      OrtSession.SessionOptions settings,
      OnnxWriter writer)
      throws OrtException {
    if (writer.fits(graph)) {
      return environment.createSession(writer.toBuffer(graph), settings);
    }
    try (TemporaryModel model = new TemporaryModel(writer, graph)) {
      return environment.createSession(model.path().toString(), settings);
    }
  }

  private static void refuse(Options options) {
    Options rest =
        options
            .withHint(Options.DEFAULT.hint())
            .withThreads(Options.DEFAULT.threads())
            .withBounds(List.of())
            .withoutCache();
    if (!rest.withProfiling().equals(Options.DEFAULT.withProfiling())) {
      throw new IllegalArgumentException(
          "ONNX Runtime computes in F32 on the CPU and has no streams or pinning here, got "
              + options
              + ". Use Backend.OPENVINO");
    }
  }
}
