package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.ir.Macs;
import dev.fovea.weights.Checkpoint;
import dev.fovea.weights.SafeTensors;
import dev.fovea.weights.StateDict;
import dev.fovea.weights.TensorInfo;
import dev.fovea.weights.WeightFile;
import dev.fovea.weights.WeightsFormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fovea info}: what is in a network or a weight file. */
@Command(
    name = "info",
    description = "Shows the tensors of a network of the catalogue, or of a weight file.",
    mixinStandardHelpOptions = true)
final class InfoCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME|FILE", description = "a name that 'fovea models' lists, or a file")
  private String subject;

  @Option(
      names = "--macs",
      description =
          "count multiplications with additions too, of one image; needs the memory of the weights"
              + " twice")
  private boolean macs;

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "side of that image; default: the network's, else 224")
  private int size;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  InfoCommand() {}

  @Override
  public Integer call() throws IOException {
    Path file = Path.of(subject);
    if (!Files.exists(file)) {
      ModelConfig<?> config = Fovea.registry().config(subject);
      print(StateDict.of(config.build()), Map.of("classes", String.valueOf(config.classes())));
      if (macs) {
        printMacs(config);
      }
      return 0;
    }
    try (WeightFile weights = WeightFile.open(file)) {
      print(weights, weights instanceof SafeTensors tensors ? tensors.metadata() : Map.of());
      return 0;
    } catch (WeightsFormatException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private void printMacs(ModelConfig<?> config) {
    int side = size > 0 ? size : config.imageSize() > 0 ? config.imageSize() : 224;
    try (Model model = Fovea.newModel(subject, config.classes())) {
      long count = Macs.of(Optimizer.of(model).fixedInput(new Shape(1, 3, side, side)).traced());
      PrintWriter out = spec.commandLine().getOut();
      out.printf(Locale.ROOT, "%.2f GMAC for %d x %d pixels%n", count / 1e9, side, side);
      out.flush();
    } catch (UnsupportedOperationException e) {
      throw new ParameterException(
          spec.commandLine(), subject + " cannot be counted: " + e.getMessage(), e);
    }
  }

  private void print(Checkpoint checkpoint, Map<String, String> about) {
    PrintWriter out = spec.commandLine().getOut();
    about.forEach((key, value) -> out.printf("%s: %s%n", key, value));
    long elements = 0;
    for (Map.Entry<String, TensorInfo> entry : checkpoint.tensors().entrySet()) {
      Shape shape = entry.getValue().shape();
      elements += shape.size();
      String type = entry.getValue().dataType().name().toLowerCase(Locale.ROOT);
      out.printf("%-64s %-8s %s%n", entry.getKey(), type, shape);
    }
    out.printf(Locale.ROOT, "%d tensors, %,d elements%n", checkpoint.tensors().size(), elements);
    out.flush();
  }
}
