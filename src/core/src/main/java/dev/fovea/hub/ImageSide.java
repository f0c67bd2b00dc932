package dev.fovea.hub;

import ai.djl.ndarray.types.Shape;
import dev.fovea.image.Crop;
import dev.fovea.image.Preprocess;
import dev.fovea.image.ResizeRule;
import java.util.Optional;

/** Brings the preparation of images to another size of the network's input. */
final class ImageSide {

  private ImageSide() {}

  /** The same steps for images of another side; the part of an image that is kept stays equal. */
  static Preprocess fit(Preprocess preprocess, int side) {
    Optional<Shape> shape = preprocess.inputShape();
    if (shape.isEmpty()) {
      return preprocess.withResize(ResizeRule.exact(side, side)).withCrop(Optional.empty());
    }
    double factor = (double) side / shape.get().get(2);
    if (factor == 1 && shape.get().get(1) == side) {
      return preprocess;
    }
    ResizeRule rule = preprocess.resize();
    Optional<Crop> crop = preprocess.crop().map(c -> new Crop(side, side, c.rounding(), c.fill()));
    return preprocess
        .withResize(
            crop.isEmpty()
                ? ResizeRule.exact(side, side)
                : new ResizeRule(
                    rule.kind(), scale(rule.width(), factor), scale(rule.height(), factor)))
        .withCrop(crop);
  }

  private static int scale(int length, double factor) {
    return (int) Math.round(length * factor);
  }
}
