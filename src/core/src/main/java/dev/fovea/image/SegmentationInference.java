package dev.fovea.image;

import ai.djl.inference.Predictor;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import java.util.ArrayList;
import java.util.List;

/**
 * Segments an image at its own size as published results are computed: by a sliding window, at
 * several scales, mirrored too.
 *
 * <pre>
 * image -> each scale -> each mirroring -> each window: scores, enlarged to the window
 *   -> their mean where windows overlap -> enlarged to the image -> softmax
 *   -> mean over scales and mirrorings -> the best class
 * </pre>
 *
 * <p>The same as MMSegmentation's {@code slide_inference} / {@code whole_inference} and {@code
 * aug_test} (mmseg/models/segmentors/encoder_decoder.py): the last window of a row or column is
 * shifted back inside, and an image smaller than a window is a window of its own size. With windows
 * the network sees one shape for all larger images, which an optimized network can be fixed to.
 *
 * @param window height and width of a window in pixels; 0: the whole image
 * @param stride distance of windows in pixels, 1 to {@code window}; 0 without windows
 * @param scales factors by which the image is resized, each above 0
 * @param flip whether each is also predicted mirrored left to right
 * @param interpolation how the image is resized
 * @param normalize how pixels become floats
 */
public record SegmentationInference(
    int window,
    int stride,
    List<Double> scales,
    boolean flip,
    Resample interpolation,
    Normalize normalize) {

  /** The whole image at its own size, once. */
  public static final SegmentationInference WHOLE =
      new SegmentationInference(0, 0, List.of(1.0), false, Resample.BILINEAR, Normalize.IMAGENET);

  /** {@inheritDoc} */
  public SegmentationInference {
    scales = List.copyOf(scales);
    if (window < 0 || (window == 0 ? stride != 0 : stride < 1 || stride > window)) {
      throw new IllegalArgumentException(
          "a stride of 1 to the window's size is needed, got window "
              + window
              + " and stride "
              + stride);
    }
    if (scales.isEmpty() || !scales.stream().allMatch(s -> s > 0 && s <= 16)) {
      throw new IllegalArgumentException(
          "scales: one or more, above 0 and at most 16, got " + scales);
    }
  }

  /**
   * Predicts in windows.
   *
   * @param window height and width in pixels, at least 1
   * @param stride distance in pixels, 1 to {@code window}
   * @return a changed copy
   */
  public SegmentationInference withWindow(int window, int stride) {
    return new SegmentationInference(window, stride, scales, flip, interpolation, normalize);
  }

  /**
   * Predicts at several scales.
   *
   * @param scales factors above 0
   * @return a changed copy
   */
  public SegmentationInference withScales(List<Double> scales) {
    return new SegmentationInference(window, stride, scales, flip, interpolation, normalize);
  }

  /**
   * Predicts mirrored images too.
   *
   * @param flip whether to
   * @return a changed copy
   */
  public SegmentationInference withFlip(boolean flip) {
    return new SegmentationInference(window, stride, scales, flip, interpolation, normalize);
  }

  /**
   * Changes how pixels become floats.
   *
   * @param normalize mean and deviation, those that the model was trained with
   * @return a changed copy
   */
  public SegmentationInference withNormalize(Normalize normalize) {
    return new SegmentationInference(window, stride, scales, flip, interpolation, normalize);
  }

  /**
   * Predicts the class of each pixel.
   *
   * @param predictor of a model, eager or optimized, with {@link ai.djl.translate.NoopTranslator}:
   *     images (1, 3, H, W) to scores (1, C, h, w)
   * @param image the image
   * @param classes names of the C classes
   * @return the classes, at the size of the image
   * @throws TranslateException if the model fails
   * @throws IllegalArgumentException if the model's output has another shape or is not finite, or
   *     if the scores of the image do not fit into one array
   */
  public CategoryMask predict(
      Predictor<NDList, NDList> predictor, Pixels image, List<String> classes)
      throws TranslateException {
    int count = classes.size();
    float[] shares = probabilities(predictor, image, count);
    int[][] mask =
        UpsampledArgmax.of(
            shares, count, image.height(), image.width(), image.height(), image.width());
    return new CategoryMask(classes, mask);
  }

  /**
   * Predicts the probability of each class at each pixel.
   *
   * @param predictor as for {@link #predict}
   * @param image the image
   * @param classes C, the number of classes
   * @return an array (C, H, W), flattened; each pixel sums to 1
   * @throws TranslateException if the model fails
   * @throws IllegalArgumentException as for {@link #predict}
   */
  public float[] probabilities(Predictor<NDList, NDList> predictor, Pixels image, int classes)
      throws TranslateException {
    float[] sum = scores(classes, image.height(), image.width());
    float weight = 1f / (scales.size() * (flip ? 2 : 1));
    for (double scale : scales) {
      int width = Math.max(1, (int) (image.width() * scale + 0.5));
      int height = Math.max(1, (int) (image.height() * scale + 0.5));
      Pixels resized = interpolation.resize(image, width, height);
      addSoftmax(slide(predictor, resized, classes), resized, classes, false, weight, image, sum);
      if (flip) {
        float[] scores = slide(predictor, resized.mirrored(), classes);
        addSoftmax(scores, resized, classes, true, weight, image, sum);
      }
    }
    return sum;
  }

  /** The mean of the scores of all windows: (C, height, width). */
  private float[] slide(Predictor<NDList, NDList> predictor, Pixels image, int classes)
      throws TranslateException {
    float[] sum = scores(classes, image.height(), image.width());
    List<Integer> tops = starts(image.height());
    List<Integer> lefts = starts(image.width());
    int height = span(image.height());
    int width = span(image.width());
    for (int top : tops) {
      for (int left : lefts) {
        addWindow(predictor, image.cut(left, top, width, height), classes, image, left, top, sum);
      }
    }
    if (tops.size() > 1 || lefts.size() > 1) {
      int[] rows = coverage(tops, height, image.height());
      int[] columns = coverage(lefts, width, image.width());
      for (int at = 0; at < sum.length; at++) {
        sum[at] /= rows[at / columns.length % rows.length] * columns[at % columns.length];
      }
    }
    return sum;
  }

  private int span(int length) {
    return window == 0 ? length : Math.min(window, length);
  }

  private List<Integer> starts(int length) {
    List<Integer> starts = new ArrayList<>();
    int last = length - span(length);
    for (int start = 0; start < last; start += stride) {
      starts.add(start);
    }
    starts.add(last);
    return starts;
  }

  /** How many windows lie over each position. */
  private static int[] coverage(List<Integer> starts, int span, int length) {
    int[] count = new int[length];
    for (int start : starts) {
      for (int i = start; i < start + span; i++) {
        count[i]++;
      }
    }
    return count;
  }

  private void addWindow(
      Predictor<NDList, NDList> predictor,
      Pixels crop,
      int classes,
      Pixels image,
      int left,
      int top,
      float[] sum)
      throws TranslateException {
    float[] logits;
    int h;
    int w;
    try (NDManager manager = NDManager.newBaseManager();
        NDList scores =
            predictor.predict(new NDList(normalize.toArray(crop, manager).expandDims(0)))) {
      Shape shape = scores.head().getShape();
      if (shape.dimension() != 4 || shape.get(0) != 1 || shape.get(1) != classes) {
        throw new IllegalArgumentException(
            "the model's output has the shape " + shape + ", not (1, " + classes + ", h, w)");
      }
      h = (int) shape.get(2);
      w = (int) shape.get(3);
      try (NDArray floats = scores.head().toType(DataType.FLOAT32, true)) {
        logits = floats.toFloatArray();
      }
    }
    EnlargedScores enlarged =
        new EnlargedScores(logits, classes, h, w, crop.height(), crop.width());
    float[] line = new float[classes * crop.width()];
    int plane = image.height() * image.width();
    for (int y = 0; y < crop.height(); y++) {
      enlarged.row(y, line);
      for (int c = 0, from = 0; c < classes; c++) {
        int to = c * plane + (top + y) * image.width() + left;
        for (int x = 0; x < crop.width(); x++) {
          sum[to++] += line[from++];
        }
      }
    }
  }

  private static void addSoftmax(
      float[] scores,
      Pixels from,
      int classes,
      boolean mirrored,
      float weight,
      Pixels image,
      float[] sum) {
    int width = image.width();
    int plane = width * image.height();
    EnlargedScores enlarged =
        new EnlargedScores(scores, classes, from.height(), from.width(), image.height(), width);
    float[] line = new float[classes * width];
    double[] powers = new double[classes];
    for (int y = 0; y < image.height(); y++) {
      enlarged.row(y, line);
      for (int x = 0; x < width; x++) {
        float most = Float.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) {
          most = Math.max(most, line[c * width + x]);
        }
        double total = 0;
        for (int c = 0; c < classes; c++) {
          powers[c] = Math.exp(line[c * width + x] - most);
          total += powers[c];
        }
        int to = y * width + (mirrored ? width - 1 - x : x);
        for (int c = 0; c < classes; c++) {
          sum[c * plane + to] += (float) (weight * powers[c] / total);
        }
      }
    }
  }

  private static float[] scores(int classes, int height, int width) {
    long size = (long) classes * height * width;
    if (classes < 1 || size > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "scores of "
              + classes
              + " classes for "
              + width
              + " x "
              + height
              + " pixels do not fit into an array; make the image smaller");
    }
    return new float[(int) size];
  }
}
