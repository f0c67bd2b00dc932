package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Value;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fovea export}: a model as an ONNX file. */
@Command(
    name = "export",
    description = "Writes a model as an ONNX file (opset 17).",
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description =
          "a network that 'fovea models' lists, with random weights, or what 'predict' takes")
  private String model;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "where to write; an existing file is replaced")
  private Path output;

  @Option(
      names = "--input",
      paramLabel = "N,C,H,W",
      description = "what the model is given; default: one image of its size")
  private @Nullable String input;

  @Option(names = "--fixed", description = "for this size alone, instead of for others too")
  private boolean fixed;

  @Option(
      names = "--backend",
      defaultValue = Backend.ONNX_RUNTIME,
      description = "for which run-time the graph is rewritten (default: ${DEFAULT-VALUE})")
  private String backend;

  @Option(
      names = "--storage",
      defaultValue = "f32",
      description = "bits of the weights in the file: f32, f16 or bf16 (default: ${DEFAULT-VALUE})")
  private String storage;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ExportCommand() {}

  @Override
  public Integer call() throws IOException {
    Precision bits = storage(storage);
    if (Files.isDirectory(output)) {
      throw new ParameterException(
          spec.commandLine(), "--output: " + output + " is a folder; give a file");
    }
    try (Model source = NamedModel.open(model)) {
      Shape shape = input == null ? NamedModel.input(source) : NamedModel.shape(input);
      Optimizer optimizer =
          Optimizer.of(source).backend(backend).provenance(Map.of("model", source.getName()));
      optimizer = fixed ? optimizer.fixedInput(shape) : optimizer.input(shape);
      Path parent = output.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      optimizer.export(output, bits);
      print(optimizer.rewritten().graph());
      return 0;
    } catch (UnsupportedOperationException e) { // what cannot be traced
      throw new ParameterException(
          spec.commandLine(), model + " cannot be exported: " + e.getMessage(), e);
    }
  }

  static Precision storage(String name) {
    for (Precision precision : List.of(Precision.F32, Precision.F16, Precision.BF16)) {
      if (precision.name().equalsIgnoreCase(name)) {
        return precision;
      }
    }
    throw new IllegalArgumentException("--storage: f32, f16 or bf16, got " + name);
  }

  private void print(Graph graph) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s: %.1f MB, %d operations, %s -> %s%n",
        output,
        Files.size(output) / 1e6,
        graph.nodes().size(),
        values(graph.inputs()),
        values(graph.outputs()));
    out.flush();
  }

  private static String values(List<Value> values) {
    return String.join(", ", values.stream().map(v -> v.name() + " " + v.type()).toList());
  }
}
