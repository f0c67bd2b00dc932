package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.hub.ModelProperties;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Translators;
import dev.fovea.model.SegFormer;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/** A model that a command line names, and what it is given. */
final class NamedModel {

  private static final int SIDE = 224; // of images where a network does not say
  private static final int SEGMENTER_SIDE = 512;

  private NamedModel() {}

  /**
   * Makes a network of the catalogue, with random weights, or opens what {@code Fovea.load} opens.
   *
   * @throws IllegalArgumentException if there is nothing of that name; names the nearest network
   */
  static Model open(String source) throws IOException {
    if (Fovea.registry().names().contains(source)) {
      return Fovea.newModel(source, Fovea.registry().config(source).classes());
    }
    try {
      return Fovea.load(source);
    } catch (NoSuchFileException e) {
      Fovea.registry().config(source); // whose error names the nearest network
      throw e;
    }
  }

  /** One image, of the size that the model was made for. */
  static Shape input(Model model) {
    Optional<Shape> described = Translators.preprocess(model).flatMap(Preprocess::inputShape);
    if (described.isPresent()) {
      Shape image = described.get();
      int axes = image.dimension();
      return new Shape(1, 3, image.get(axes - 2), image.get(axes - 1));
    }
    int side = side(model);
    return new Shape(1, 3, side, side);
  }

  /** Height and width of the images that the network was made for, or that are usual. */
  static int side(Model model) {
    String name = model.getProperty(ModelProperties.MODEL, "");
    int own =
        Fovea.registry().names().contains(name) ? Fovea.registry().config(name).imageSize() : 0;
    return own > 0 ? own : isSegmenter(model) ? SEGMENTER_SIDE : SIDE;
  }

  static boolean isSegmenter(Model model) {
    return model.getBlock() instanceof SegFormer;
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
