package dev.fovea.image;

import java.util.Arrays;

/**
 * The most likely class of each pixel, from scores at a lower resolution: bilinear enlargement with
 * half-pixel centres, then the class of the highest score (the lower class where two are equal).
 *
 * <p>The same as PyTorch's {@code interpolate(logits, size, mode="bilinear",
 * align_corners=False).argmax(1)} (no antialiasing where a side shrinks), but the enlarged scores
 * are never all in memory: one row at a time is interpolated, and only the best score so far is
 * kept.
 */
public final class UpsampledArgmax {
  private UpsampledArgmax() {}

  /**
   * Finds the classes.
   *
   * @param logits finite scores of any scale, an array (C, h, w) flattened
   * @param classes C, at least 1
   * @param h rows of {@code logits}
   * @param w columns of {@code logits}
   * @param height rows of the result, at least 1
   * @param width columns of the result, at least 1
   * @return {@code [row][column]}, each 0 to {@code classes - 1}
   * @throws IllegalArgumentException if the length is not that of the shape, or a score is NaN or
   *     infinite
   */
  public static int[][] of(float[] logits, int classes, int h, int w, int height, int width) {
    if (classes < 1 || h < 1 || w < 1 || logits.length != (long) classes * h * w) {
      throw new IllegalArgumentException(
          logits.length + " scores are not of the shape (" + classes + ", " + h + ", " + w + ")");
    }
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "a mask of " + width + " x " + height + " pixels cannot be made");
    }
    checkFinite(logits, h * w);
    Axis rows = new Axis(h, height);
    Axis columns = new Axis(w, width);
    float[] line = new float[classes * w]; // (C, w): the scores of one row of the result
    float[] best = new float[width];
    int[][] mask = new int[height][width];
    for (int y = 0; y < height; y++) {
      blend(logits, rows.low[y] * w, rows.high[y] * w, rows.weight[y], w, h * w, line);
      Arrays.fill(best, Float.NEGATIVE_INFINITY);
      for (int c = 0; c < classes; c++) {
        keepBest(line, c, w, columns, best, mask[y]);
      }
    }
    return mask;
  }

  private static void blend(
      float[] logits, int low, int high, float weight, int w, int plane, float[] line) {
    float rest = 1 - weight;
    for (int base = 0, to = 0; base < logits.length; base += plane) {
      for (int x = 0; x < w; x++) {
        line[to++] = rest * logits[base + low + x] + weight * logits[base + high + x];
      }
    }
  }

  private static void keepBest(
      float[] line, int c, int w, Axis columns, float[] best, int[] classes) {
    int base = c * w;
    for (int x = 0; x < classes.length; x++) {
      float weight = columns.weight[x];
      float score =
          (1 - weight) * line[base + columns.low[x]] + weight * line[base + columns.high[x]];
      if (score > best[x]) {
        best[x] = score;
        classes[x] = c;
      }
    }
  }

  static void checkFinite(float[] logits, int plane) {
    for (int i = 0; i < logits.length; i++) {
      if (!Float.isFinite(logits[i])) {
        throw new IllegalArgumentException(
            "the score of class "
                + i / plane
                + " is "
                + logits[i]
                + ": the model diverged, or its input was not finite");
      }
    }
  }

  /** For each new position: its two source positions, and the weight of the second. */
  static final class Axis {
    final int[] low;
    final int[] high;
    final float[] weight;

    Axis(int from, int to) {
      low = new int[to];
      high = new int[to];
      weight = new float[to];
      float scale = (float) from / to;
      for (int i = 0; i < to; i++) {
        float at = Math.max(0, (i + 0.5f) * scale - 0.5f);
        low[i] = Math.min((int) at, from - 1);
        high[i] = Math.min(low[i] + 1, from - 1);
        weight[i] = at - low[i];
      }
    }
  }
}
