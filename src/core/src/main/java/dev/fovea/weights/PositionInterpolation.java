package dev.fovea.weights;

/**
 * How a table of positions is enlarged or reduced: by bicubic interpolation over the grid of the
 * patches, with the centres of the outer patches half a patch from the border.
 */
public enum PositionInterpolation {
  /**
   * As {@code resample_abs_pos_embed} of timm (layers/pos_embed.py): with antialiasing, a = -0.5. A
   * smaller grid sees all rows of a larger one.
   */
  ANTIALIASED(-0.5, true),
  /**
   * As {@code interpolate_pos_embed} of the authors of MAE (util/pos_embed.py), and as Hugging
   * Face's {@code interpolate_pos_encoding}: four neighbours a side, a = -0.75.
   */
  PLAIN(-0.75, false);

  private final double a;
  private final boolean antialias;

  PositionInterpolation(double a, boolean antialias) {
    this.a = a;
    this.antialias = antialias;
  }

  /** The weight of each of {@code from} points in each of {@code to} points; rows add up to 1. */
  float[][] weights(int from, int to) {
    float[][] weights = new float[to][from];
    double scale = (double) from / to;
    double width = antialias ? Math.max(scale, 1) : 1; // of the kernel, in points
    for (int i = 0; i < to; i++) {
      double center = scale * (i + 0.5) - 0.5;
      int first = (int) Math.floor(center - 2 * width) + 1;
      double sum = 0;
      double[] row = new double[from];
      for (int j = first; j < center + 2 * width; j++) {
        double weight = cubic((j - center) / width);
        if (antialias && (j < 0 || j >= from)) {
          continue; // what lies outside has no weight
        }
        row[Math.max(0, Math.min(from - 1, j))] += weight; // the border goes on
        sum += weight;
      }
      for (int j = 0; j < from; j++) {
        weights[i][j] = (float) (row[j] / sum);
      }
    }
    return weights;
  }

  /** Keys, "Cubic convolution interpolation for digital image processing", 1981, eq. 15. */
  private double cubic(double x) {
    double d = Math.abs(x);
    if (d < 1) {
      return ((a + 2) * d - (a + 3)) * d * d + 1;
    }
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  }
}
