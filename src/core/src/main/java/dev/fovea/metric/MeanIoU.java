package dev.fovea.metric;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * Mean intersection over union of a semantic segmentation, from one confusion matrix over the whole
 * data set.
 *
 * <p>With {@code n[l][p]} the number of pixels of class {@code l} that were predicted as {@code p}:
 *
 * <pre>
 * IoU of class c  = n[c][c] / (sum of row c + sum of column c - n[c][c])
 * mean IoU        = mean of the IoU over the classes that occur (in the labels or the predictions)
 * pixel accuracy  = sum of n[c][c] / sum of n
 * mean accuracy   = mean of n[c][c] / sum of row c over the classes that occur in the labels
 * </pre>
 *
 * <p>A class that does not occur has the value NaN and is left out of the means; before the first
 * pixel, everything is NaN. Averaging the values of single images gives another, usually higher
 * number, which is not what published results state. The definitions are those of mmsegmentation
 * ({@code mmseg/core/evaluation/metrics.py}) and of Long et al., CVPR 2015, arXiv:1411.4038, Sec.
 * 5.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class MeanIoU {
  /** The label of pixels that do not count, in ADE20K, Cityscapes and Pascal VOC: 255. */
  public static final int IGNORE = 255;

  private final int classes;
  private final int ignore;
  private final long[] confusion;

  /**
   * Counts {@code classes} classes and ignores the pixels labelled {@value #IGNORE}.
   *
   * @param classes number of classes, at least 1; labels and predictions are 0 to {@code classes -
   *     1}
   */
  public MeanIoU(int classes) {
    this(classes, IGNORE);
  }

  /**
   * Counts {@code classes} classes and ignores the pixels with a given label.
   *
   * @param classes number of classes, 1 to 32,768; labels and predictions are 0 to {@code classes -
   *     1}
   * @param ignore the label of pixels that do not count, whatever was predicted there
   */
  public MeanIoU(int classes, int ignore) {
    if (classes < 1 || classes > 1 << 15) {
      throw new IllegalArgumentException("classes must be 1 to 32768, not " + classes);
    }
    this.classes = classes;
    this.ignore = ignore;
    this.confusion = new long[classes * classes];
  }

  /**
   * Counts pixels given as flat arrays.
   *
   * @param labels the true class of each pixel, or the ignored label
   * @param predicted the predicted class of each pixel, in the same order
   * @throws IllegalArgumentException if the lengths differ or a class is out of range; nothing is
   *     counted then
   */
  public void add(int[] labels, int[] predicted) {
    long[] counts = new long[confusion.length];
    count(labels, predicted, counts);
    commit(counts);
  }

  /**
   * Counts the pixels of one image.
   *
   * @param labels the true class of each pixel, {@code [row][column]}, or the ignored label
   * @param predicted the predicted classes, of the same size
   * @throws IllegalArgumentException if the sizes differ or a class is out of range; nothing is
   *     counted then
   */
  public void add(int[][] labels, int[][] predicted) {
    if (labels.length != predicted.length) {
      throw new IllegalArgumentException(
          "labels have " + labels.length + " rows, predictions " + predicted.length);
    }
    long[] counts = new long[confusion.length];
    for (int y = 0; y < labels.length; y++) {
      count(labels[y], predicted[y], counts);
    }
    commit(counts);
  }

  /**
   * Counts the pixels of one image or of a batch.
   *
   * @param labels the true classes, an integer array of any shape, for example (B, H, W)
   * @param predicted the predicted classes, an integer array of the same shape (not logits: take
   *     {@code argMax} first)
   * @throws IllegalArgumentException if the shapes differ, a type is not int32, int64 or uint8, or
   *     a class is out of range; nothing is counted then
   */
  public void add(NDArray labels, NDArray predicted) {
    Shape shape = labels.getShape();
    if (!shape.equals(predicted.getShape())) {
      throw new IllegalArgumentException(
          "labels have the shape " + shape + ", predictions " + predicted.getShape());
    }
    add(classes(labels, "labels"), classes(predicted, "predictions"));
  }

  /**
   * The metric over all pixels that were added so far.
   *
   * @return the values; later additions do not change them
   */
  public Result result() {
    long[][] matrix = new long[classes][];
    long[] labelled = new long[classes];
    long[] predicted = new long[classes];
    long correct = 0;
    for (int label = 0; label < classes; label++) {
      matrix[label] = Arrays.copyOfRange(confusion, label * classes, (label + 1) * classes);
      for (int p = 0; p < classes; p++) {
        labelled[label] += matrix[label][p];
        predicted[p] += matrix[label][p];
      }
      correct += matrix[label][label];
    }
    double[] iou = new double[classes];
    double[] accuracy = new double[classes];
    for (int c = 0; c < classes; c++) {
      long hits = matrix[c][c];
      iou[c] = (double) hits / (labelled[c] + predicted[c] - hits);
      accuracy[c] = (double) hits / labelled[c];
    }
    double pixelAccuracy = (double) correct / Arrays.stream(labelled).sum();
    List<List<Long>> rows =
        Arrays.stream(matrix).map(row -> Arrays.stream(row).boxed().toList()).toList();
    List<Double> ious = Arrays.stream(iou).boxed().toList();
    return new Result(rows, ious, nanMean(iou), pixelAccuracy, nanMean(accuracy));
  }

  /** Forgets all pixels. */
  public void reset() {
    Arrays.fill(confusion, 0);
  }

  private void count(int[] labels, int[] predicted, long[] counts) {
    if (labels.length != predicted.length) {
      throw new IllegalArgumentException(
          labels.length + " labels, but " + predicted.length + " predictions");
    }
    for (int i = 0; i < labels.length; i++) {
      int label = labels[i];
      if (label == ignore) {
        continue;
      }
      int prediction = predicted[i];
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException(
            "label "
                + label
                + " at position "
                + i
                + " is neither one of "
                + classes
                + " classes nor the ignored "
                + ignore);
      }
      if (prediction < 0 || prediction >= classes) {
        throw new IllegalArgumentException(
            "prediction "
                + prediction
                + " at position "
                + i
                + " is not one of "
                + classes
                + " classes");
      }
      counts[label * classes + prediction]++;
    }
  }

  private void commit(long[] counts) {
    for (int i = 0; i < counts.length; i++) {
      confusion[i] += counts[i];
    }
  }

  private static int[] classes(NDArray array, String what) {
    DataType type = array.getDataType();
    return switch (type) {
      case INT32 -> array.toIntArray();
      case UINT8 -> array.toUint8Array();
      case INT64 -> Arrays.stream(array.toLongArray()).mapToInt(Math::toIntExact).toArray();
      default ->
          throw new IllegalArgumentException(
              what + " must be int32, int64 or uint8 class numbers, not " + type);
    };
  }

  private static double nanMean(double[] values) {
    return Arrays.stream(values).filter(v -> !Double.isNaN(v)).average().orElse(Double.NaN);
  }

  /**
   * The metric's values.
   *
   * @param confusion pixel counts: a row per label, in it a column per prediction
   * @param iou intersection over union per class, 0 to 1, NaN where the class does not occur
   * @param meanIou mean of {@code iou} over the classes that occur
   * @param pixelAccuracy share of the pixels whose class is right
   * @param meanAccuracy mean over the classes that occur in the labels of the share that is right
   */
  public record Result(
      List<List<Long>> confusion,
      List<Double> iou,
      double meanIou,
      double pixelAccuracy,
      double meanAccuracy) {}
}
