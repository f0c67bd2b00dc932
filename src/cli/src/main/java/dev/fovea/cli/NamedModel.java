package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.hub.HubException;
import dev.fovea.hub.ModelProperties;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Translators;
import dev.fovea.model.SegFormer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** A model that a command line names, and what it is given. */
final class NamedModel {

  /** Of images, where a network does not say. */
  static final int SIDE = 224;

  private static final int SEGMENTER_SIDE = 512;

  private NamedModel() {}

  /**
   * Makes a network of the catalogue, with random weights, or opens what {@code Fovea.load} opens.
   *
   * @throws IllegalArgumentException if there is nothing of that name, where the nearest network is
   *     named, or if it is broken
   * @throws HubException if it cannot be fetched
   */
  static Model open(String source) throws IOException {
    if (Fovea.registry().names().contains(source)) {
      return Fovea.newModel(source, Fovea.registry().config(source).classes());
    }
    try {
      return Fovea.load(source);
    } catch (HubException e) {
      throw e;
    } catch (IOException e) {
      if (e instanceof NoSuchFileException && !Files.exists(Path.of(source))) {
        Fovea.registry().config(source); // whose error names the nearest network
      }
      throw new IllegalArgumentException(Main.oneLine(e), e);
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
}
