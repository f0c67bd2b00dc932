package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.hub.HubException;
import dev.fovea.hub.ModelProperties;
import dev.fovea.nn.Layer;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.ir.Macs;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.weights.Checkpoint;
import dev.fovea.weights.SafeTensors;
import dev.fovea.weights.StateDict;
import dev.fovea.weights.TensorInfo;
import dev.fovea.weights.WeightFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fovea info}: what is in a network, a model or a weight file. */
@Command(
    name = "info",
    description =
        "Shows the layers of a network of the catalogue, of a model or of a weight file, with their"
            + " parameters and types.",
    mixinStandardHelpOptions = true)
final class InfoCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL|FILE",
      description =
          "a network that 'fovea models' lists, what 'predict' takes as --model, or a file of"
              + " weights")
  private String subject;

  @Option(
      names = "--depth",
      paramLabel = "N",
      description = "levels of layers; default: ${DEFAULT-VALUE}",
      defaultValue = "2")
  private int depth;

  @Option(names = "--tensors", description = "list every tensor with its shape instead of layers")
  private boolean tensors;

  @Option(
      names = "--macs",
      description =
          "count multiplications with additions too, of one image; needs the memory of the weights"
              + " twice")
  private boolean macs;

  @Mixin private SizeOption size;

  @Mixin private HubOption hub;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  InfoCommand() {}

  @Override
  public Integer call() throws IOException {
    if (depth < 1) {
      throw new IllegalArgumentException("--depth is at least 1, not " + depth);
    }
    try {
      boolean exists = !subject.contains("://") && Files.exists(Path.of(subject));
      if (exists && !Files.isDirectory(Path.of(subject))) {
        weights(Path.of(subject));
      } else if (!exists && Fovea.registry().names().contains(subject)) {
        network(Fovea.registry().config(subject));
      } else {
        loaded();
      }
      return 0;
    } catch (HubException e) {
      throw e;
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), Main.oneLine(e), e);
    }
  }

  private void weights(Path file) throws IOException {
    if (macs) {
      throw new IllegalArgumentException(
          "--macs needs a network; " + subject + " holds tensors only. Give a name or a folder");
    }
    try (WeightFile weights = WeightFile.open(file)) {
      about(weights instanceof SafeTensors tensors ? tensors.metadata() : Map.of());
      print(weights, tree(weights));
    }
  }

  /** A network of the catalogue needs no weights. */
  private <C extends ModelConfig<C>> void network(ModelConfig<C> config) {
    try (Model model = Model.newInstance(subject)) {
      ModelConfig<C> sized = size.fit(config);
      model.setBlock(sized.build());
      about(Map.of("classes", String.valueOf(config.classes())));
      int side = sized.imageSize() > 0 ? sized.imageSize() : NamedModel.SIDE;
      show(model, size.image(new Shape(1, 3, side, side)));
    }
  }

  private void loaded() throws IOException {
    try (Model model = size.load(subject, hub.loading())) {
      for (String key : ModelProperties.ALL) {
        String value = model.getProperty(key);
        if (value != null) {
          about(Map.of(key, value));
        }
      }
      show(model, size.image(NamedModel.input(model)));
    }
  }

  private void about(Map<String, String> entries) {
    PrintWriter out = spec.commandLine().getOut();
    entries.forEach(
        (key, value) ->
            out.printf(
                "%s: %s%n", key, value.length() > 200 ? value.substring(0, 200) + "..." : value));
  }

  private void show(Model model, Shape image) {
    StateDict state = StateDict.of(model.getBlock());
    LayerTree tree = tree(state);
    if (macs) {
      count(model, image, tree);
    }
    print(state, tree);
    if (macs) {
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          Locale.ROOT,
          "%.2f GMAC for %d x %d pixels%n",
          tree.macs() / 1e9,
          image.get(3),
          image.get(2));
      out.flush();
    }
  }

  private void count(Model model, Shape image, LayerTree tree) {
    if (!model.getBlock().isInitialized()) {
      ((Layer) model.getBlock()).initialize(model.getNDManager());
    }
    try {
      for (Node node : Optimizer.of(model).fixedInput(image).traced().nodes()) {
        tree.addMacs(node.source(), Macs.of(node));
      }
    } catch (UnsupportedOperationException e) {
      throw new ParameterException(
          spec.commandLine(), subject + " cannot be counted: " + e.getMessage(), e);
    }
  }

  private LayerTree tree(Checkpoint checkpoint) {
    LayerTree tree = new LayerTree(subject);
    for (Map.Entry<String, TensorInfo> entry : checkpoint.tensors().entrySet()) {
      TensorInfo info = entry.getValue();
      tree.addTensor(entry.getKey(), info.shape().size(), type(info));
    }
    return tree;
  }

  private void print(Checkpoint checkpoint, LayerTree tree) {
    PrintWriter out = spec.commandLine().getOut();
    if (tensors) {
      for (Map.Entry<String, TensorInfo> entry : checkpoint.tensors().entrySet()) {
        TensorInfo info = entry.getValue();
        out.printf("%-64s %-8s %s%n", entry.getKey(), type(info), info.shape());
      }
    } else {
      tree.print(depth, out);
    }
    out.printf(
        Locale.ROOT,
        "%d tensors, %,d elements, %s%n",
        checkpoint.tensors().size(),
        tree.parameters(),
        String.join(", ", tree.types()));
    out.flush();
  }

  private static String type(TensorInfo info) {
    return info.dataType().name().toLowerCase(Locale.ROOT);
  }
}
