package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.quantize.ErrorReport.LayerError;
import dev.fovea.optimizer.quantize.Quantized;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fovea optimize}: a fast model in a folder that plain DJL opens. */
@Command(
    name = "optimize",
    description =
        "Writes a faster model into a folder that DJL opens with ONNX Runtime, without this"
            + " library.",
    mixinStandardHelpOptions = true)
final class OptimizeCommand implements Callable<Integer> {

  private static final int WORST = 5; // layers that are reported

  @Spec private CommandSpec spec;

  @Mixin private ExportOptions options;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      converter = OutputFolder.class,
      description = "where to write; made if absent")
  private Path output;

  @Option(
      names = "--backend",
      defaultValue = Backend.ONNX_RUNTIME,
      description =
          "for which run-time the graph is rewritten: onnxruntime or openvino (default:"
              + " ${DEFAULT-VALUE})")
  private String backend;

  @Option(
      names = "--precision",
      defaultValue = "f32",
      description = "f32, or int8, which needs --calibrate (default: ${DEFAULT-VALUE})")
  private String precision;

  @Option(
      names = "--calibrate",
      paramLabel = "DIR",
      description = "images like those that the model will see, for int8")
  private @Nullable Path images;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "32",
      description = "images that are taken from it (default: ${DEFAULT-VALUE})")
  private int samples;

  @Option(
      names = "--max-drop",
      paramLabel = "PERCENT",
      description =
          "how many of the predictions on these images int8 may change: of images, or of pixels;"
              + " layers are given back to float until it holds")
  private @Nullable Double maxDrop;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  OptimizeCommand() {}

  @Override
  public Integer call() throws IOException {
    Precision bits = options.storage();
    boolean int8 = check();
    PrintWriter out = spec.commandLine().getOut();
    try (Model source = options.open();
        NDManager manager = source.getNDManager().newSubManager()) {
      Shape shape = options.shape(source);
      Optimizer optimizer =
          Optimizer.of(source)
              .backend(backend)
              .input(shape)
              .provenance(Map.of("model", source.getName()));
      List<NDList> given = given(source, shape, manager);
      List<NDList> expected = outputs(source, given);
      if (int8) {
        quantize(optimizer, given, expected);
      }
      int classes = classes(expected.get(0));
      ExportedDirectory.write(output, optimizer, bits, source, shape, classes);
      try (Model fast = optimizer.optimize()) {
        Agreement agreement = Agreement.of(expected, outputs(fast, given));
        Path file = output.resolve(ExportedDirectory.GRAPH);
        out.printf(
            Locale.ROOT,
            "%s: %.1f MB; agrees with %s on %.2f %% of %s, largest difference %.2g of the largest"
                + " output%n",
            file,
            Files.size(file) / 1e6,
            source.getName(),
            agreement.percent(),
            images == null ? "random input" : given.size() + " images",
            agreement.error());
      }
      if (int8) {
        print(optimizer.quantized(), out);
      }
      out.flush();
      return 0;
    } catch (UnsupportedOperationException e) { // what cannot be traced
      throw new ParameterException(
          spec.commandLine(), options.name() + " cannot be optimized: " + e.getMessage(), e);
    }
  }

  /** Refuses what does not go together; returns whether to quantize. */
  private boolean check() {
    if (!List.of(Backend.ONNX_RUNTIME, Backend.OPENVINO).contains(backend)) {
      throw new IllegalArgumentException(
          "--backend: onnxruntime or openvino, got "
              + backend
              + "; what another one runs is not a file");
    }
    boolean int8 = precision.equalsIgnoreCase("int8");
    if (!int8 && !precision.equalsIgnoreCase("f32")) {
      throw new IllegalArgumentException(
          "--precision: f32 or int8, got "
              + precision
              + "; bf16 and f16 are chosen when the model is compiled, and --storage bf16 halves"
              + " the file");
    }
    if (int8 && images == null) {
      throw new IllegalArgumentException(
          "--precision int8 needs --calibrate DIR, a folder with images");
    }
    if (!int8 && (images != null || maxDrop != null)) {
      throw new IllegalArgumentException(
          "--calibrate and --max-drop are for --precision int8, got " + precision);
    }
    if (samples < 1) {
      throw new IllegalArgumentException("--samples: 1 or more, got " + samples);
    }
    return int8;
  }

  /** The images of the user, or a random one. */
  private List<NDList> given(Model source, Shape shape, NDManager manager) throws IOException {
    if (images != null) {
      return CalibrationImages.read(
          images, samples, ExportedDirectory.preprocess(source, shape), manager);
    }
    long[] dims = shape.getShape();
    for (int i = 0; i < dims.length; i++) {
      dims[i] = dims[i] < 0 ? i == 0 ? 1 : 224 : dims[i];
    }
    return List.of(new NDList(manager.randomNormal(new Shape(dims))));
  }

  private void quantize(Optimizer optimizer, List<NDList> given, List<NDList> expected) {
    optimizer.precision(Precision.INT8).calibrate(given);
    if (maxDrop != null) {
      optimizer.maxDrop(
          fast -> Agreement.of(expected, outputs(fast, given)).percent(), maxDrop.doubleValue());
    }
    spec.commandLine().getErr().printf("quantizing on %d images%n", given.size());
    spec.commandLine().getErr().flush();
    optimizer.quantized();
  }

  private static List<NDList> outputs(Model model, List<NDList> inputs) {
    List<NDList> outputs = new ArrayList<>();
    for (NDList input : inputs) {
      ParameterStore store = new ParameterStore(input.head().getManager(), false);
      outputs.add(model.getBlock().forward(store, input, false));
    }
    return outputs;
  }

  /** Scores of images have two axes. */
  private static int classes(NDList outputs) {
    Shape shape = outputs.head().getShape();
    return outputs.size() == 1 && shape.dimension() == 2 ? (int) shape.get(1) : 0;
  }

  private static void print(Quantized quantized, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%d layers compute in 8-bit integers, %d stay float because they would bring most of the"
            + " error, %d were given back to float%s%n",
        quantized.layers().size(),
        quantized.spared().size(),
        quantized.givenBack().size(),
        quantized.givenBack().isEmpty() ? "" : ": " + String.join(", ", quantized.givenBack()));
    quantized.errors().stream()
        .sorted(Comparator.comparingDouble((LayerError l) -> -l.alone().mean()))
        .limit(WORST)
        .forEach(
            l ->
                out.printf(
                    Locale.ROOT,
                    "  %s alone in integers: error %.2g, %.1f %% of the work%s%n",
                    l.layer(),
                    l.alone().mean(),
                    100 * l.work(),
                    l.spared() ? "; float" : ""));
  }
}
