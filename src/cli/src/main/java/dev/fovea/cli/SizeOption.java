package dev.fovea.cli;

import ai.djl.Model;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Resample;
import dev.fovea.image.Translators;
import dev.fovea.model.SegFormer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --size}: how images are prepared. */
final class SizeOption {
  private static final double CROP = 0.875; // of the resized image, as ImageNet is evaluated

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "resize and crop to this square instead of what the model says")
  private @Nullable Integer size;

  SizeOption() {}

  /**
   * What the model says, or this size; a model that says nothing gets images of the size that it
   * was made for, else of 224 pixels, or, if it segments, of their own size.
   */
  Preprocess preprocess(Model model) {
    Integer side = size;
    if (side != null && side < 1) {
      throw new IllegalArgumentException("--size is at least 1, not " + side);
    }
    Preprocess own =
        Translators.preprocess(model)
            .orElseGet(
                () ->
                    model.getBlock() instanceof SegFormer
                        ? Preprocess.KEEP_SIZE
                        : Preprocess.evaluation(NamedModel.side(model), CROP, Resample.BICUBIC));
    return side == null
        ? own
        : Preprocess.evaluation(side, CROP, Resample.BICUBIC).withNormalize(own.normalize());
  }
}
