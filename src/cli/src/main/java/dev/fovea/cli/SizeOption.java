package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.hub.LoadOptions;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Resample;
import dev.fovea.image.Translators;
import dev.fovea.model.SegFormer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --size}: how images are prepared. */
final class SizeOption {
  private static final double CROP = 0.875; // of the resized image, as ImageNet is evaluated

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description =
          "side of the square that images are resized and cropped to, and that the network is made"
              + " for; default: what the model says")
  private @Nullable Integer size;

  SizeOption() {}

  /**
   * Opens a model for images of this size.
   *
   * @throws IllegalArgumentException if it takes none of this size; says which it takes
   */
  Model load(String source, LoadOptions options) throws IOException {
    if (size == null) {
      return Fovea.load(source, options);
    }
    requireOneOrMore(size);
    try {
      return Fovea.load(source, options.withImageSize(size));
    } catch (IllegalArgumentException e) {
      throw refused(e);
    }
  }

  /**
   * The configuration for images of this size.
   *
   * @throws IllegalArgumentException if there is none; says which sizes there are
   */
  <C extends ModelConfig<C>> ModelConfig<C> fit(ModelConfig<C> config) {
    if (size == null) {
      return config;
    }
    requireOneOrMore(size);
    try {
      return config.withImageSize(size);
    } catch (IllegalArgumentException e) {
      throw refused(e);
    }
  }

  private static void requireOneOrMore(int size) {
    if (size < 1) {
      throw new IllegalArgumentException("--size is at least 1, not " + size);
    }
  }

  private static IllegalArgumentException refused(IllegalArgumentException cause) {
    return new IllegalArgumentException("--size: " + cause.getMessage(), cause);
  }

  /** One image of this size, or of the given one, (1, 3, H, W). */
  Shape image(Shape standard) {
    return size == null ? standard : new Shape(1, 3, size, size);
  }

  /**
   * What the model says, or this size; a model that says nothing gets images of the size that it
   * was made for, else of 224 pixels, or, if it segments, of their own size.
   */
  Preprocess preprocess(Model model) {
    Preprocess own =
        Translators.preprocess(model)
            .orElseGet(
                () ->
                    model.getBlock() instanceof SegFormer
                        ? Preprocess.KEEP_SIZE
                        : Preprocess.evaluation(NamedModel.side(model), CROP, Resample.BICUBIC));
    return size == null
        ? own
        : Preprocess.evaluation(size, CROP, Resample.BICUBIC).withNormalize(own.normalize());
  }
}
