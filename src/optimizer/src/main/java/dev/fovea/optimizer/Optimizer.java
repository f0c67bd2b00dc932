package dev.fovea.optimizer;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.Translator;
import ai.djl.util.Progress;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.KeyedGraph;
import dev.fovea.optimizer.ir.Bounds;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.onnx.OnnxWriter;
import dev.fovea.optimizer.onnx.WeightStorage;
import dev.fovea.optimizer.quantize.Quantized;
import dev.fovea.optimizer.quantize.Samples;
import dev.fovea.optimizer.quantize.Settings;
import dev.fovea.optimizer.rewrite.Rewrite;
import dev.fovea.optimizer.rewrite.Rewritten;
import dev.fovea.optimizer.trace.Tracer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes a model faster: traces it, rewrites the graph, and runs it with another back end.
 *
 * <pre>{@code
 * try (Model fast = Optimizer.of(model).input(new Shape(1, 3, 512, 512)).optimize();
 *     Predictor<Image, CategoryMask> predictor = fast.newPredictor(translator)) { ... }
 * }</pre>
 *
 * <p>The result is an ordinary model. Its weights are a copy: training or closing the model that it
 * was made from does not change it. An optimizer holds copies of the weights too, for as long as it
 * is reachable. Not safe for use by several threads at once; the models that it makes are.
 */
public final class Optimizer {

  private final Model model;
  private final Tracing tracing;
  private Backend backend = Backend.named(Backend.ONNX_RUNTIME);
  private Backend.Options options = Backend.Options.DEFAULT;
  private Map<String, String> provenance = Map.of();
  private @Nullable Rewritten rewritten;
  private final Int8 int8 = new Int8();

  private Optimizer(Model model) {
    this.model = model;
    tracing = new Tracing(model);
  }

  /**
   * Starts with a model.
   *
   * @param model a model whose block is initialized; any DJL block that can be traced
   * @return an optimizer with ONNX Runtime as its back end
   */
  public static Optimizer of(Model model) {
    return new Optimizer(model);
  }

  /**
   * Chooses a back end by its name.
   *
   * @param name {@link Backend#ONNX_RUNTIME}, {@link Backend#OPENVINO}, {@link Backend#PYTORCH} or
   *     one of the class path's
   * @return this
   * @throws IllegalArgumentException if there is none of that name
   */
  public Optimizer backend(String name) {
    return backend(Backend.named(name));
  }

  /**
   * Chooses a back end.
   *
   * @param backend any back end
   * @return this
   */
  public Optimizer backend(Backend backend) {
    this.backend = backend;
    return forget();
  }

  /**
   * Says what the model is given. Needed unless its block was initialized with these shapes.
   *
   * @param shapes the shape of each input, as {@link Tracer#trace} takes it: an example, from which
   *     the batch and, of images, height and width may later differ where the model allows it; or
   *     with -1 for each axis that has to stay open
   * @return this
   */
  public Optimizer input(Shape... shapes) {
    return input(false, shapes);
  }

  /**
   * Says what the model is given, at these sizes alone: a graph that does not have to be right for
   * others can be compiled to faster code.
   *
   * @param shapes the shape of each input; an axis of -1 stays open
   * @return this
   */
  public Optimizer fixedInput(Shape... shapes) {
    return input(true, shapes);
  }

  /**
   * Says what the model is given, with sizes within bounds. Inputs outside of them are refused when
   * the model runs; OpenVINO makes use of the bounds.
   *
   * <pre>{@code
   * optimizer.input(Bounds.of(new Shape(1, 3, 224, 224), new Shape(8, 3, 512, 512)))
   * }</pre>
   *
   * @param bounds the sizes of each input; only axes with more than one size stay open
   * @return this
   */
  public Optimizer input(Bounds... bounds) {
    tracing.inputs(bounds);
    return forget();
  }

  /**
   * Makes the models from now on for other sizes than those that stayed open: for these alone. The
   * model is not traced again, so this is the fast way to one model for each of some sizes.
   *
   * <pre>{@code
   * Optimizer optimizer = Optimizer.of(model).input(new Shape(1, 3, 224, 224));
   * Model small = optimizer.reshape(new Shape(1, 3, 224, 224)).optimize();
   * Model large = optimizer.reshape(new Shape(1, 3, 512, 512)).optimize();
   * }</pre>
   *
   * @param shapes the shape of each input, within what it was traced for; an axis of -1 stays open.
   *     None: all sizes again that the graph was traced for
   * @return this
   */
  public Optimizer reshape(Shape... shapes) {
    tracing.reshape(shapes);
    return forget();
  }

  private Optimizer forget() {
    rewritten = null;
    int8.forget();
    return this;
  }

  /**
   * Says what kind of numbers the model is given, such as INT64 for tokens.
   *
   * @param types the element type of each input; FLOAT32 for inputs beyond these
   * @return this
   */
  public Optimizer inputTypes(DataType... types) {
    tracing.types(types);
    return forget();
  }

  private Optimizer input(boolean fixed, Shape... shapes) {
    tracing.inputs(fixed, shapes);
    return forget();
  }

  /**
   * Sets how many threads work on one prediction.
   *
   * @param threads 1 or more; 0: as many as the back end finds best
   * @return this
   */
  public Optimizer threads(int threads) {
    options = options.withThreads(threads);
    return this;
  }

  /**
   * Chooses what the model computes in.
   *
   * @param precision {@link Precision#F32}, the default, or one that the processor and the back end
   *     have. {@link Precision#INT8} needs {@link #calibrate(Samples)}; what stays float is then
   *     computed in the precision of the {@link #options}
   * @return this
   */
  public Optimizer precision(Precision precision) {
    int8.use(precision == Precision.INT8);
    if (precision != Precision.INT8) {
      options = options.withPrecision(precision);
    }
    return this;
  }

  /**
   * Gives samples of what the model is given in use, for {@link Precision#INT8}.
   *
   * @param samples preprocessed inputs, with their batch axis; some tens of them. They are not
   *     closed, and have to stay open until the model is made
   * @return this
   */
  public Optimizer calibrate(List<NDList> samples) {
    return calibrate(Samples.of(samples));
  }

  /**
   * Gives samples that are loaded when they are needed, one at a time.
   *
   * @param samples preprocessed inputs, with their batch axis; up to some hundreds of them
   * @return this
   */
  public Optimizer calibrate(Samples samples) {
    int8.calibrate(samples);
    return this;
  }

  /**
   * Says who is told how far quantization is.
   *
   * @param progress for example a progress bar of DJL; every part of the work starts again with its
   *     own name
   * @return this
   */
  public Optimizer progress(Progress progress) {
    int8.progress(progress);
    return this;
  }

  /**
   * Says how to quantize, for {@link Precision#INT8}.
   *
   * @param settings {@link Settings#DEFAULT} unless said otherwise
   * @return this
   */
  public Optimizer quantization(Settings settings) {
    int8.settings(settings);
    return this;
  }

  /**
   * Bounds what {@link Precision#INT8} may cost: layers are given back to float, worst first, until
   * the bound is kept.
   *
   * @param metric measures a model on data of the caller's; higher is better. It does not close it
   * @param drop how much less than that of the float model is accepted, in units of the metric
   * @return this
   */
  public Optimizer maxDrop(ToDoubleFunction<Model> metric, double drop) {
    int8.bound(metric, drop);
    return this;
  }

  /**
   * Returns the quantized graph, and what was decided on the way. Computed once.
   *
   * @return the graph with integer layers
   * @throws IllegalArgumentException if there are no samples; call {@link #calibrate(Samples)}
   *     first
   * @throws IllegalStateException if no layer can be quantized within the bound of {@link #maxDrop}
   * @throws dev.fovea.optimizer.trace.TraceException if the model cannot be traced
   */
  public Quantized quantized() {
    return int8.quantized(rewritten().graph(), this::measure);
  }

  private double measure(ToDoubleFunction<Model> measured, Graph graph) {
    try (Model compiled = compile(graph)) {
      return measured.applyAsDouble(compiled);
    }
  }

  private Graph graph() {
    return int8.isUsed() ? quantized().graph() : rewritten().graph();
  }

  /**
   * Says what to be fast at.
   *
   * @param hint {@link Hint#LATENCY} is the default
   * @return this
   */
  public Optimizer hint(Hint hint) {
    options = options.withHint(hint);
    return this;
  }

  /**
   * Keeps what the back end compiled, and that the graph was compared with the model. The next time
   * the same graph with the same weights is neither compared nor rewritten nor compiled again.
   *
   * @param folder where; made if there is none. What is in it is trusted: give it to no one else to
   *     write
   * @return this
   */
  public Optimizer cache(Path folder) {
    options = options.withCache(folder);
    return this;
  }

  /**
   * Sets everything that a back end can be asked for, also what was set before.
   *
   * @param options for example {@code Backend.Options.DEFAULT.withStreams(2)}
   * @return this
   */
  public Optimizer options(Backend.Options options) {
    this.options = options;
    return this;
  }

  /**
   * Says what the model was made from; it is written into exported files.
   *
   * @param provenance names and values, such as the source and the sha256 of the weights
   * @return this
   */
  public Optimizer provenance(Map<String, String> provenance) {
    this.provenance = Map.copyOf(provenance);
    return this;
  }

  /**
   * Returns the graph as it will run, and what each rewrite did. Computed once.
   *
   * @return the rewritten graph with the steps that led to it
   * @throws dev.fovea.optimizer.trace.TraceException if the model cannot be traced; the message
   *     names the call and the block
   */
  public Rewritten rewritten() {
    if (rewritten == null) {
      rewritten = Rewritten.of(tracing.reshaped(options.cache()), backend.rewrites());
    }
    return rewritten;
  }

  /**
   * Returns the graph as it was traced. Computed once.
   *
   * @return the graph before all rewrites
   * @throws dev.fovea.optimizer.trace.TraceException if the model cannot be traced; the message
   *     names the call and the block
   */
  public Graph traced() {
    return tracing.graph(options.cache());
  }

  /**
   * Makes the fast model. It has the name, the properties and the files of the model that it is
   * made from, so that translators find what they look for.
   *
   * @return a new model, to be closed by the caller
   * @throws dev.fovea.optimizer.trace.TraceException if the model cannot be traced
   * @throws IllegalStateException if the back end does not work on this machine, or if the input is
   *     not known
   */
  public Model optimize() {
    Optional<String> key = int8.isUsed() ? Optional.empty() : tracing.key(options.cache());
    if (key.isEmpty()) {
      return compile(graph());
    }
    Graph start = tracing.reshaped(options.cache());
    List<String> rewrites = backend.rewrites().stream().map(Rewrite::name).toList();
    KeyedGraph graph =
        new KeyedGraph(
            key.get() + " rewritten by " + rewrites,
            start.inputs(),
            start.outputs(),
            () -> rewritten().graph());
    return Compilation.of(model, owner -> backend.compile(graph, compilerOptions(), owner));
  }

  private Model compile(Graph graph) {
    return Compilation.of(model, owner -> backend.compile(graph, compilerOptions(), owner));
  }

  private Backend.Options compilerOptions() {
    return options.withBounds(tracing.bounds());
  }

  /**
   * Makes the fast model together with a translator, so that {@link ZooModel#newPredictor()} needs
   * none.
   *
   * @param translator the translator of the model, such as {@link ZooModel#getTranslator}
   * @param <I> what a predictor takes
   * @param <O> what a predictor gives
   * @return a new model, to be closed by the caller
   */
  public <I, O> ZooModel<I, O> optimize(Translator<I, O> translator) {
    return new ZooModel<>(optimize(), translator);
  }

  /**
   * Writes the graph that {@link #optimize} would run as an ONNX file, with its provenance.
   *
   * @param file where to; an existing file is replaced as a whole. Weights that do not fit in one
   *     file go to a second one beside it
   * @throws IOException if it cannot be written
   * @throws dev.fovea.optimizer.trace.TraceException if the model cannot be traced
   */
  public void export(Path file) throws IOException {
    export(file, Precision.F32);
  }

  /**
   * Writes the graph that {@link #optimize} would run as an ONNX file, with its weights in other
   * bits. They are float32 again when the file is loaded.
   *
   * @param file where to; as in {@link #export(Path)}
   * @param storage {@link Precision#F32}, {@link Precision#F16} or {@link Precision#BF16}, of which
   *     the last two halve the file
   * @throws IOException if it cannot be written
   * @throws IllegalArgumentException for INT8, which {@link #precision} asks for
   * @throws dev.fovea.optimizer.trace.TraceException if the model cannot be traced
   */
  public void export(Path file, Precision storage) throws IOException {
    WeightStorage bits =
        switch (storage) {
          case F32 -> WeightStorage.F32;
          case F16 -> WeightStorage.F16;
          case BF16 -> WeightStorage.BF16;
          case INT8 ->
              throw new IllegalArgumentException(
                  "Weights are stored as F32, F16 or BF16, got INT8: call precision(INT8) for"
                      + " integer layers");
        };
    new OnnxWriter(provenance).withStorage(bits).write(graph(), file);
  }
}
