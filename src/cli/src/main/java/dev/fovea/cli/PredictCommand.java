package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.translate.TranslateException;
import com.google.gson.JsonObject;
import dev.fovea.image.LabelSet;
import dev.fovea.image.Pixels;
import dev.fovea.image.Preprocess;
import dev.fovea.image.SegmentationSheet;
import dev.fovea.image.Translators;
import dev.fovea.model.MaskedAutoencoder;
import dev.fovea.model.SegFormer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fovea predict}: what a network says of images. */
@Command(
    name = "predict",
    description =
        "Classifies, segments or reconstructs images, whichever the network does. An image that"
            + " cannot be read does not stop the others; exit code 1 if there is one.",
    mixinStandardHelpOptions = true)
final class PredictCommand implements Callable<Integer> {

  /** What becomes of a segmentation. */
  enum Format {
    LABELS,
    OVERLAY,
    MASK,
    SHEET;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Spec private CommandSpec spec;

  @Mixin private ModelOption model;

  @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "image files")
  private List<Path> images = List.of();

  @Option(
      names = "--output",
      paramLabel = "DIR",
      converter = OutputFolder.class,
      description = "folder for pictures; made if absent; default: ${DEFAULT-VALUE}",
      defaultValue = "predictions")
  private Path output;

  @Option(
      names = "--format",
      paramLabel = "KIND",
      description =
          "of a segmentation: overlay, mask (a PNG whose values are the classes), sheet (overlay"
              + " beside the image, with a legend) or labels (no picture); default: overlay")
  private @Nullable Format format;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "of a classification: how many classes; default: ${DEFAULT-VALUE}",
      defaultValue = "5")
  private int topK;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "images that the network sees at once; default: ${DEFAULT-VALUE}",
      defaultValue = "8")
  private int batch;

  @Option(names = "--json", description = "one JSON object a line instead of text")
  private boolean asJson;

  @Mixin private SegmentationOptions segmentation;

  private final Set<Path> written = new HashSet<>();

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  PredictCommand() {}

  @Override
  public Integer call() throws IOException {
    if (topK < 1) {
      throw new IllegalArgumentException("--top-k is at least 1, not " + topK);
    }
    ImageFiles files = new ImageFiles(images, batch, spec.commandLine().getErr());
    try (Model network = model.open();
        Answering answering = answering(network)) {
      return files.forEachBatch((read, pixels) -> answer(answering, read, pixels));
    }
  }

  /** Finds the way that fits the network. */
  private Answering answering(Model network) {
    Preprocess preprocess = model.preprocess(network);
    Map<String, String> arguments =
        Map.of("preprocess", preprocess.toJson(), "topK", String.valueOf(topK));
    if (network.getBlock() instanceof SegFormer segmenter) {
      List<String> names = Translators.classes(network);
      List<String> classes =
          names.isEmpty() ? LabelSet.numbered(segmenter.classes()).labels() : names;
      Format kind = format == null ? Format.OVERLAY : format;
      return new MaskAnswers(network, preprocess, classes, kind, segmentation);
    }
    segmentation.refuseFor(network);
    if (format != null && format != Format.LABELS) {
      throw new IllegalArgumentException(
          "--format "
              + format
              + " is for networks that segment; "
              + network.getName()
              + " does not");
    }
    return network.getBlock() instanceof MaskedAutoencoder
        ? new PaintAnswers(network, arguments)
        : new ClassAnswers(network, topK, arguments);
  }

  private void answer(Answering answering, List<Path> read, List<Pixels> pixels)
      throws IOException, TranslateException {
    List<Answer> answers = answering.answer(pixels);
    for (int i = 0; i < read.size(); i++) {
      report(read.get(i), answers.get(i));
    }
  }

  private void report(Path image, Answer answer) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    JsonObject json = new JsonObject();
    json.addProperty("image", image.toString());
    StringBuilder text = new StringBuilder(image.toString());
    if (answer.picture() != null) {
      Path file = free(image);
      Files.createDirectories(output);
      SegmentationSheet.write(answer.picture(), file);
      json.addProperty("picture", file.toString());
      text.append(" -> ").append(file);
    }
    answer.json().entrySet().forEach(e -> json.add(e.getKey(), e.getValue()));
    out.println(asJson ? json : text.append(answer.text()));
    out.flush();
  }

  /** The image's name with .png; numbered if another image of this run has that name. */
  private Path free(Path image) {
    String name = image.getFileName().toString().replaceFirst("(?<=.)\\.[^.]*$", "");
    Path file = output.resolve(name + ".png");
    for (int i = 2; !written.add(file); i++) {
      file = output.resolve(name + "-" + i + ".png");
    }
    return file;
  }
}
