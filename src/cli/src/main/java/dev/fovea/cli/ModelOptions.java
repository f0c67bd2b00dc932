package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Translators;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A model that a command line names, and what it is given. */
final class ModelOptions {

  private static final int SIDE = 224; // of images where a network does not say
  private static final int SEGMENTER_SIDE = 512;

  private ModelOptions() {}

  /**
   * Opens a folder that {@code Fovea.save} wrote, or makes a network of the catalogue.
   *
   * @throws IllegalArgumentException if there is no such network; names the nearest
   */
  static Model open(String nameOrFolder) throws IOException {
    Path folder = Path.of(nameOrFolder);
    if (Files.exists(folder)) {
      return Fovea.load(folder);
    }
    ModelConfig<?> config = Fovea.registry().config(nameOrFolder);
    return Fovea.newModel(nameOrFolder, config.classes());
  }

  /** How the model's images are prepared, if it says so. */
  static Optional<Preprocess> preprocess(Model model) throws IOException {
    String json = model.getProperty(Translators.PREPROCESS);
    return json == null
        ? Optional.empty()
        : Optional.of(Preprocess.fromJson(json, "model " + model.getName()));
  }

  /** One image, of the size that the model was made for. */
  static Shape input(Model model) throws IOException {
    Optional<Shape> described = preprocess(model).flatMap(Preprocess::inputShape);
    if (described.isPresent()) {
      Shape image = described.get();
      int axes = image.dimension();
      return new Shape(1, 3, image.get(axes - 2), image.get(axes - 1));
    }
    int side = side(model.getName());
    return new Shape(1, 3, side, side);
  }

  private static int side(String name) {
    if (!Fovea.registry().names().contains(name)) {
      return SIDE;
    }
    int own = Fovea.registry().config(name).imageSize();
    return own > 0 ? own : isSegmenter(name) ? SEGMENTER_SIDE : SIDE;
  }

  static boolean isSegmenter(String name) {
    return name.startsWith("segformer");
  }

  /**
   * Reads the option {@code --input}.
   *
   * @throws IllegalArgumentException if the text is no shape; says what one looks like
   */
  static Shape shape(String text) {
    String[] sizes = text.strip().split("\\s*,\\s*", -1);
    long[] dims = new long[sizes.length];
    for (int i = 0; i < dims.length; i++) {
      try {
        dims[i] = Long.parseLong(sizes[i]);
      } catch (NumberFormatException e) {
        dims[i] = 0;
      }
      if (dims[i] < 1 && dims[i] != -1) {
        throw new IllegalArgumentException(
            "--input: sizes such as 1,3,224,224, with -1 for one that stays open, got " + text);
      }
    }
    return new Shape(dims);
  }
}
