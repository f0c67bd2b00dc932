package dev.fovea.image;

import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Lets a classifier name what an image shows.
 *
 * <pre>image -> Preprocess -> model: (B, 3, H, W) -> logits (B, C) -> softmax -> Classifications
 * </pre>
 */
public final class ClassificationTranslator extends ImageTranslator<Classifications> {
  private final List<String> classes;
  private final boolean softmax;
  private final int topK;

  /**
   * Creates a translator.
   *
   * @param preprocess what happens to images before the model
   * @param classes names of the classes, in the order of the logits; empty to call them by number
   * @param softmax whether the model gives logits, which become probabilities here; false if it
   *     gives probabilities itself
   * @param topK how many classes {@link Classifications#topK()} and its text show, at least 1
   */
  public ClassificationTranslator(
      Preprocess preprocess, List<String> classes, boolean softmax, int topK) {
    super(preprocess);
    if (topK < 1) {
      throw new IllegalArgumentException("topK must be at least 1, not " + topK);
    }
    this.classes = List.copyOf(classes);
    this.softmax = softmax;
    this.topK = topK;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the output is not one logit a class, or not finite
   */
  @Override
  protected Classifications result(NDList output, Seen seen) {
    double[] values = values(output.head(), "logits");
    if (!classes.isEmpty() && classes.size() != values.length) {
      throw new IllegalArgumentException(
          "the model gave "
              + values.length
              + " logits for the "
              + classes.size()
              + " classes "
              + classes.get(0)
              + ", "
              + classes.get(classes.size() - 1)
              + " ...");
    }
    List<String> names =
        classes.isEmpty()
            ? IntStream.range(0, values.length).mapToObj(Integer::toString).toList()
            : classes;
    Classifications result = new Classifications(names, softmax ? softmax(values) : boxed(values));
    result.setTopK(Math.min(topK, names.size()));
    return result;
  }

  /** One finite value of each position; the array has one axis longer than 1 at most. */
  static double[] values(NDArray array, String what) {
    Shape shape = array.getShape();
    int longer = 0;
    for (long side : shape.getShape()) {
      longer += side == 1 ? 0 : 1;
    }
    if (shape.dimension() == 0 || longer > 1) {
      throw new IllegalArgumentException(
          "the model's output has the shape " + shape + ", which is not one row of " + what);
    }
    float[] floats = array.toType(DataType.FLOAT32, false).toFloatArray();
    double[] values = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      if (!Float.isFinite(floats[i])) {
        throw new IllegalArgumentException(
            "number "
                + i
                + " of the "
                + what
                + " is "
                + floats[i]
                + ": the model diverged, or its input was not finite");
      }
      values[i] = floats[i];
    }
    return values;
  }

  private static List<Double> softmax(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double v : logits) {
      max = Math.max(max, v);
    }
    double sum = 0;
    double[] exps = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      exps[i] = Math.exp(logits[i] - max);
      sum += exps[i];
    }
    for (int i = 0; i < exps.length; i++) {
      exps[i] /= sum;
    }
    return boxed(exps);
  }

  private static List<Double> boxed(double[] values) {
    List<Double> list = new ArrayList<>(values.length);
    for (double v : values) {
      list.add(v);
    }
    return list;
  }
}
