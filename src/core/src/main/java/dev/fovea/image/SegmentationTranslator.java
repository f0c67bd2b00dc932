package dev.fovea.image;

import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

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
public final class SegmentationTranslator implements Translator<Image, CategoryMask> {
  /** The context's queue of sizes: results come in the order of the images. */
  private static final String SIZES = SegmentationTranslator.class.getName();

  private final List<String> classes;
  private final int width;
  private final int height;
  private final Resample interpolation;
  private final Normalize normalize;

  private SegmentationTranslator(Builder builder) {
    classes = builder.classes;
    width = builder.width;
    height = builder.height;
    interpolation = builder.interpolation;
    normalize = builder.normalize;
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
   * How images become batches.
   *
   * @return {@link Batchifier#STACK} if all images get one size, else null: one at a time
   */
  @Override
  public @Nullable Batchifier getBatchifier() {
    return width > 0 ? Batchifier.STACK : null;
  }

  /**
   * Makes the model's input.
   *
   * @param context keeps the image's size until its result comes
   * @param image any image
   * @return one float32 array: (3, H, W), or (1, 3, H, W) where images keep their size
   */
  @Override
  public NDList processInput(TranslatorContext context, Image image) {
    Pixels pixels = Pixels.of(image, context.getNDManager());
    sizes(context).add(new int[] {pixels.height(), pixels.width()});
    Pixels resized = width > 0 ? interpolation.resize(pixels, width, height) : pixels;
    NDArray array = normalize.toArray(resized, context.getNDManager());
    return new NDList(width > 0 ? array : array.expandDims(0));
  }

  /**
   * Makes a mask from the model's scores.
   *
   * @param context what {@link #processInput} was given
   * @param list the scores: one array (C, h, w), or (1, C, h, w) where images keep their size
   * @return the class of each pixel, at the size of the image
   * @throws IllegalStateException if there was no image for this result
   * @throws IllegalArgumentException if the array has another shape, or a score is not finite
   */
  @Override
  public CategoryMask processOutput(TranslatorContext context, NDList list) {
    int[] size = sizes(context).poll();
    if (size == null) {
      throw new IllegalStateException("the model gave more results than it got images");
    }
    NDArray scores = list.head();
    Shape shape = scores.getShape();
    Shape map = width > 0 ? shape : shape.dimension() == 4 ? shape.slice(1) : new Shape();
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
        classes, UpsampledArgmax.of(logits, classes.size(), h, w, size[0], size[1]));
  }

  @SuppressWarnings("unchecked")
  private static Queue<int[]> sizes(TranslatorContext context) {
    Queue<int[]> sizes = (Queue<int[]>) context.getAttachment(SIZES);
    if (sizes == null) {
      sizes = new ArrayDeque<>();
      context.setAttachment(SIZES, sizes);
    }
    return sizes;
  }

  /** Collects what a {@link SegmentationTranslator} needs. */
  public static final class Builder {
    private final List<String> classes;
    private int width;
    private int height;
    private Resample interpolation = Resample.BILINEAR;
    private Normalize normalize = Normalize.IMAGENET;

    private Builder(List<String> classes) {
      if (classes.isEmpty()) {
        throw new IllegalArgumentException("classes must not be empty");
      }
      this.classes = List.copyOf(classes);
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
      this.width = width;
      this.height = height;
      return this;
    }

    /**
     * Chooses how images are resized; {@link Resample#BILINEAR} if not called.
     *
     * @param interpolation the filter
     * @return this builder
     */
    public Builder optInterpolation(Resample interpolation) {
      this.interpolation = interpolation;
      return this;
    }

    /**
     * Chooses how pixels become floats; {@link Normalize#IMAGENET} if not called.
     *
     * @param normalize mean and deviation, those that the model was trained with
     * @return this builder
     */
    public Builder optNormalize(Normalize normalize) {
      this.normalize = normalize;
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
