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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Mixin private ExportOptions options;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      converter = OutputFile.class,
      description = "where to write; an existing file is replaced")
  private Path output;

  @Option(names = "--fixed", description = "for this size alone, instead of for others too")
  private boolean fixed;

  @Option(
      names = "--backend",
      defaultValue = Backend.ONNX_RUNTIME,
      description = "for which run-time the graph is rewritten (default: ${DEFAULT-VALUE})")
  private String backend;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ExportCommand() {}

  @Override
  public Integer call() throws IOException {
    Precision bits = options.storage();
    try (Model source = options.open()) {
      Shape shape = options.shape(source);
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
          spec.commandLine(), options.name() + " cannot be exported: " + e.getMessage(), e);
    }
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
