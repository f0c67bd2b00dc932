package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.fovea.hub.ModelProperties;
import dev.fovea.image.EmbeddingTranslator;
import dev.fovea.image.Pixels;
import dev.fovea.model.MaskedAutoencoder;
import dev.fovea.model.SegFormer;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fovea embed}: images as vectors, for search, clustering and classifiers on top. */
@Command(
    name = "embed",
    description =
        "Turns images into vectors: what the network feeds its head, which is dropped. An image"
            + " that cannot be read does not stop the others; exit code 1 if there is one.",
    mixinStandardHelpOptions = true)
final class EmbedCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ModelOption model;

  @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "image files")
  private List<Path> images = List.of();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      converter = OutputFile.class,
      description =
          "vectors.npy (one row an image, and vectors.txt with the images' names) or"
              + " vectors.jsonl; default: JSON lines on the standard output")
  private @Nullable Path output;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "images that the network sees at once; default: ${DEFAULT-VALUE}",
      defaultValue = "8")
  private int batch;

  @Option(names = "--unit-length", description = "divide each vector by its length")
  private boolean unitLength;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  EmbedCommand() {}

  @Override
  public Integer call() throws IOException {
    ImageFiles files = new ImageFiles(images, batch, spec.commandLine().getErr());
    String name = output == null ? "" : output.getFileName().toString();
    if (output != null && !name.endsWith(".npy") && !name.endsWith(".jsonl")) {
      throw new IllegalArgumentException("--output " + output + " ends neither in .npy nor .jsonl");
    }
    try (Model network = withoutHead()) {
      if (output == null) {
        return embed(network, files, lines(spec.commandLine().getOut()));
      }
      Path folder = output.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      return name.endsWith(".npy")
          ? toNpy(network, files, output)
          : toLines(network, files, output);
    }
  }

  /** Opens the model's features: a segmenter's encoder, and a classifier without its head. */
  private Model withoutHead() throws IOException {
    Model network = model.open();
    if (network.getBlock() instanceof SegFormer segmenter) {
      network.setBlock(segmenter.encoder());
    } else if (network.getBlock() instanceof MaskedAutoencoder) {
      String name = network.getName();
      network.close();
      throw new IllegalArgumentException(
          name + " paints and gives no vectors; say which encoder to load, as --preset vit_base");
    } else if (!"0".equals(network.getProperty(ModelProperties.CLASSES))) {
      network.close();
      return model.open(OptionalInt.of(0));
    }
    return network;
  }

  /** Takes the vectors one by one. */
  @FunctionalInterface
  private interface Sink {
    void add(Path image, float[] vector) throws IOException;
  }

  private int embed(Model network, ImageFiles files, Sink sink) throws IOException {
    EmbeddingTranslator translator = new EmbeddingTranslator(model.preprocess(network), unitLength);
    try (Predictor<Pixels, float[]> predictor =
        network.newPredictor(translator.from(Pixels.class))) {
      return files.forEachBatch(
          (read, pixels) -> {
            List<float[]> vectors = predictor.batchPredict(pixels);
            for (int i = 0; i < read.size(); i++) {
              sink.add(read.get(i), vectors.get(i));
            }
          });
    }
  }

  private int toNpy(Model network, ImageFiles files, Path file) throws IOException {
    String stem = file.getFileName().toString().replaceFirst("\\.npy$", "");
    try (NpyFile matrix = new NpyFile(file)) {
      StringBuilder names = new StringBuilder();
      int code =
          embed(
              network,
              files,
              (image, vector) -> {
                matrix.add(vector);
                names.append(image).append('\n');
              });
      if (nothing(files, file)) {
        return code;
      }
      Path temporary = file.resolveSibling("." + stem + "." + UUID.randomUUID());
      Files.writeString(temporary, names);
      Files.move(
          temporary, file.resolveSibling(stem + ".txt"), StandardCopyOption.REPLACE_EXISTING);
      matrix.finish();
      return code;
    }
  }

  private int toLines(Model network, ImageFiles files, Path file) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
    try {
      int code;
      try (BufferedWriter writer = Files.newBufferedWriter(temporary);
          PrintWriter lines = new PrintWriter(writer)) {
        code = embed(network, files, lines(lines));
        if (lines.checkError()) {
          throw new IOException(file + " could not be written");
        }
      }
      if (nothing(files, file)) {
        return code;
      }
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
      return code;
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** A file without a vector is not written; says so. */
  private boolean nothing(ImageFiles files, Path file) {
    if (files.allFailed()) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("fovea: there is no vector, so " + file + " is not written");
      err.flush();
    }
    return files.allFailed();
  }

  private static Sink lines(PrintWriter out) {
    Gson gson = new Gson();
    return (image, vector) -> {
      JsonObject line = new JsonObject();
      line.addProperty("image", image.toString());
      line.add("vector", gson.toJsonTree(vector));
      out.println(gson.toJson(line));
      out.flush();
    };
  }
}
