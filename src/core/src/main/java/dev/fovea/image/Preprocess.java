package dev.fovea.image;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Everything between a decoded image and a network's input.
 *
 * <pre>image -> resize rule, with a filter -> crop -> (value / 255 - mean) / std -> (3, H, W)</pre>
 *
 * <p>Each step gives the values of its reference: torchvision's and timm's evaluation transforms,
 * and the image processors of transformers that work with Pillow (version 4).
 *
 * @param resize the size that the image gets first
 * @param filter how it is resized
 * @param crop what is cut out then; empty for all of it
 * @param normalize how 8-bit values become floats
 */
public record Preprocess(
    ResizeRule resize, Resample filter, Optional<Crop> crop, Normalize normalize) {

  /** What happens to the part of an image that does not fit; timm's {@code crop_mode}. */
  public enum CropMode {
    /** The aspect ratio stays, the middle is cut out of the longer side. */
    CENTER,
    /** The aspect ratio changes. */
    SQUASH,
    /** The aspect ratio stays, the shorter side gets a border of the mean colour. */
    BORDER
  }

  /** Keeps the size of images, and normalizes as ImageNet's. */
  public static final Preprocess KEEP_SIZE =
      new Preprocess(ResizeRule.NONE, Resample.BILINEAR, Optional.empty(), Normalize.IMAGENET);

  /**
   * The usual evaluation of classifiers: the shorter side becomes {@code size / cropPct}, rounded
   * down, and a square is cut out of the middle; ImageNet's mean and deviation.
   *
   * @param size side of the network's input, at least 1
   * @param cropPct share of the shorter side that is kept, above 0; mostly 0.875
   * @param filter how images are resized
   * @return a description
   */
  public static Preprocess evaluation(int size, double cropPct, Resample filter) {
    return evaluation(size, size, cropPct, CropMode.CENTER, filter, Normalize.IMAGENET);
  }

  /**
   * The evaluation transform of timm ({@code transforms_imagenet_eval}), which for a square input
   * and {@link CropMode#CENTER} is torchvision's.
   *
   * @param width columns of the network's input, at least 1
   * @param height rows of the network's input, at least 1
   * @param cropPct share of the resized image that is kept, above 0
   * @param mode what happens to the part that does not fit
   * @param filter how images are resized
   * @param normalize mean and deviation
   * @return a description
   */
  public static Preprocess evaluation(
      int width, int height, double cropPct, CropMode mode, Resample filter, Normalize normalize) {
    if (!(cropPct > 0)) {
      throw new IllegalArgumentException("crop_pct must be above 0, not " + cropPct);
    }
    int w = (int) Math.floor(width / cropPct);
    int h = (int) Math.floor(height / cropPct);
    ResizeRule rule =
        switch (mode) {
          case CENTER ->
              w == h ? ResizeRule.shortestEdge(w) : new ResizeRule(ResizeRule.Kind.COVER, w, h);
          case SQUASH -> ResizeRule.exact(w, h);
          case BORDER -> new ResizeRule(ResizeRule.Kind.CONTAIN, w, h);
        };
    int fill = mode == CropMode.BORDER ? normalize.meanColor() : 0;
    Crop crop = new Crop(width, height, Crop.Rounding.EVEN, fill);
    return new Preprocess(rule, filter, Optional.of(crop), normalize);
  }

  /**
   * Resizes to one size without keeping the aspect ratio; ImageNet's mean and deviation.
   *
   * @param width columns of the network's input, at least 1
   * @param height rows of the network's input, at least 1
   * @param filter how images are resized
   * @return a description
   */
  public static Preprocess exact(int width, int height, Resample filter) {
    ResizeRule rule = ResizeRule.exact(width, height);
    return new Preprocess(rule, filter, Optional.empty(), Normalize.IMAGENET);
  }

  /**
   * Reads a description from a file: a {@code preprocessor_config.json} of transformers, a {@code
   * config.json} of timm (its {@code pretrained_cfg}), or what {@link #toJson} wrote.
   *
   * @param file the file
   * @return a description
   * @throws IOException if the file cannot be read, is none of these, or asks for a step that is
   *     not supported; names the file and the key
   */
  public static Preprocess fromJson(Path file) throws IOException {
    // The largest file of this kind has a few kilobytes.
    if (Files.size(file) > 1 << 20) {
      throw new IOException(file + ": larger than a preprocessor_config.json can be");
    }
    return fromJson(Files.readString(file), file.toString());
  }

  /**
   * Reads a description; see {@link #fromJson(Path)}.
   *
   * @param json the text
   * @param source what errors call it
   * @return a description
   * @throws IOException if the text is none of the three, or asks for a step that is not supported
   */
  public static Preprocess fromJson(String json, String source) throws IOException {
    return PreprocessJson.read(json, source);
  }

  /**
   * Writes this description, so that it can be stored beside a model.
   *
   * @return one line of JSON, which {@link #fromJson(String, String)} reads
   */
  public String toJson() {
    return PreprocessJson.write(this);
  }

  /**
   * The same with other mean and deviation.
   *
   * @param other mean and deviation
   * @return a copy
   */
  public Preprocess withNormalize(Normalize other) {
    return new Preprocess(resize, filter, crop, other);
  }

  /**
   * The same with another filter.
   *
   * @param other how images are resized
   * @return a copy
   */
  public Preprocess withFilter(Resample other) {
    return new Preprocess(resize, other, crop, normalize);
  }

  /**
   * The same with another resize rule.
   *
   * @param other the size that the image gets first
   * @return a copy
   */
  public Preprocess withResize(ResizeRule other) {
    return new Preprocess(other, filter, crop, normalize);
  }

  /**
   * The same with another crop.
   *
   * @param other what is cut out; empty for all of the image
   * @return a copy
   */
  public Preprocess withCrop(Optional<Crop> other) {
    return new Preprocess(resize, filter, other, normalize);
  }

  /**
   * The shape that every image gets, so that images can form a batch.
   *
   * @return (3, H, W), or empty if it depends on the image
   */
  public Optional<Shape> inputShape() {
    return crop.map(c -> new Shape(3, c.height(), c.width()))
        .or(
            () ->
                resize.kind() == ResizeRule.Kind.EXACT
                    ? Optional.of(new Shape(3, resize.height(), resize.width()))
                    : Optional.empty());
  }

  /**
   * Resizes and crops.
   *
   * @param image the image
   * @return the pixels that the network sees
   */
  public Pixels fit(Pixels image) {
    int[] size = resize.size(image.width(), image.height());
    Pixels resized = filter.resize(image, size[0], size[1]);
    return crop.isPresent() ? crop.get().apply(resized) : resized;
  }

  /**
   * Resizes, crops and normalizes.
   *
   * @param image the image
   * @param manager the manager that the array is attached to
   * @return a float32 array (3, H, W), in the order red, green, blue
   */
  public NDArray apply(Pixels image, NDManager manager) {
    return normalize.toArray(fit(image), manager);
  }
}
