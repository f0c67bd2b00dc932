package dev.fovea.image;

import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/**
 * Lets a segmentation model predict a class for every pixel of an image, at the image's own size.
 *
 * <pre>
 * image -> resized to (height, width) -> (value / 255 - mean) / std -> (3, H, W)
 * model: (B, 3, H, W) -> scores (B, C, h, w), usually h = H / 4
 * scores -> bilinear enlargement to the image's size -> the best class -> CategoryMask
 * </pre>
 *
 * <p>That is what the image processor of transformers' SegFormer does with {@code target_sizes} (it
 * takes Pillow's bilinear, 512 x 512, ImageNet's mean and deviation). With a size set, images of
 * any sizes can be predicted as one batch; without one, an image keeps its size and is a batch of
 * its own.
 *
 * <p>Immutable; one instance serves any number of predictors.
 */
public final class SegmentationTranslator extends ImageTranslator<CategoryMask> {
  private final List<String> classes;

  private SegmentationTranslator(Builder builder) {
    super(builder.preprocess);
    classes = builder.classes;
  }

  /**
   * Starts a translator.
   *
   * @param classes names of the model's classes, in the order of its scores
   * @return a builder; unless told otherwise, images keep their size and are normalized as
   *     ImageNet's
   */
  public static Builder builder(List<String> classes) {
    return new Builder(classes);
  }

  /**
   * {@inheritDoc}
   *
   * @return the class of each pixel, at the size of the image before it was resized
   * @throws IllegalArgumentException if the output is not one score map, or not finite
   */
  @Override
  protected CategoryMask result(NDList list, Seen seen) {
    NDArray scores = list.head();
    Shape shape = scores.getShape();
    Shape map =
        getBatchifier() != null ? shape : shape.dimension() == 4 ? shape.slice(1) : new Shape();
    if (map.dimension() != 3 || map.get(0) != classes.size()) {
      throw new IllegalArgumentException(
          "the model's output has the shape "
              + shape
              + ", which is not one score map ("
              + classes.size()
              + ", h, w) for the classes "
              + classes);
    }
    float[] logits = scores.toType(DataType.FLOAT32, false).toFloatArray();
    int h = (int) map.get(1);
    int w = (int) map.get(2);
    return new CategoryMask(
        classes, UpsampledArgmax.of(logits, classes.size(), h, w, seen.height(), seen.width()));
  }

  /** Collects what a {@link SegmentationTranslator} needs. */
  public static final class Builder {
    private final List<String> classes;
    private Preprocess preprocess = Preprocess.KEEP_SIZE;

    private Builder(List<String> classes) {
      if (classes.isEmpty()) {
        throw new IllegalArgumentException("classes must not be empty");
      }
      this.classes = List.copyOf(classes);
    }

    /**
     * Chooses all that happens to images before the model.
     *
     * @param preprocess the description; without a crop, or the mask would not cover the image
     * @return this builder
     */
    public Builder optPreprocess(Preprocess preprocess) {
      if (preprocess.crop().isPresent()) {
        throw new IllegalArgumentException(
            "a mask covers the whole image, so nothing can be cut off: " + preprocess);
      }
      this.preprocess = preprocess;
      return this;
    }

    /**
     * Resizes every image to one size, without keeping its aspect ratio.
     *
     * @param width columns of the model's input, at least 1
     * @param height rows of the model's input, at least 1
     * @return this builder
     */
    public Builder setImageSize(int width, int height) {
      if (width < 1 || height < 1) {
        throw new IllegalArgumentException(
            "the image size must be at least 1 x 1, not " + width + " x " + height);
      }
      preprocess = preprocess.withResize(ResizeRule.exact(width, height));
      return this;
    }

    /**
     * Chooses how images are resized; {@link Resample#BILINEAR} if not called.
     *
     * @param interpolation the filter
     * @return this builder
     */
    public Builder optInterpolation(Resample interpolation) {
      preprocess = preprocess.withFilter(interpolation);
      return this;
    }

    /**
     * Chooses how pixels become floats; {@link Normalize#IMAGENET} if not called.
     *
     * @param normalize mean and deviation, those that the model was trained with
     * @return this builder
     */
    public Builder optNormalize(Normalize normalize) {
      preprocess = preprocess.withNormalize(normalize);
      return this;
    }

    /**
     * Makes the translator.
     *
     * @return a translator
     */
    public SegmentationTranslator build() {
      return new SegmentationTranslator(this);
    }
  }
}
