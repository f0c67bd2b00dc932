package dev.fovea.loss;

import java.util.Arrays;

/**
 * Exact Euclidean distances on a grid. Felzenszwalb and Huttenlocher, Distance Transforms of
 * Sampled Functions, Theory of Computing 2012, section 2: the lower envelope of parabolas, along
 * rows, then along columns.
 */
final class SignedDistance {

  private static final double FAR = 1e20; // squared; more than any grid is wide

  private SignedDistance() {}

  /**
   * The distance of every pixel to the boundary of a region.
   *
   * @param region rows of pixels, true inside
   * @param width how many pixels a row has
   * @return outside: the distance to the nearest pixel inside; inside: 1 less the distance to the
   *     nearest pixel outside; all 0 if there is no boundary
   */
  static double[] of(boolean[] region, int width) {
    double[] toInside = new double[region.length];
    double[] toOutside = new double[region.length];
    int inside = 0;
    for (int i = 0; i < region.length; i++) {
      toInside[i] = region[i] ? 0 : FAR;
      toOutside[i] = region[i] ? FAR : 0;
      inside += region[i] ? 1 : 0;
    }
    if (inside == 0 || inside == region.length) {
      return new double[region.length];
    }
    transform(toInside, width);
    transform(toOutside, width);
    double[] signed = new double[region.length];
    Arrays.setAll(signed, i -> region[i] ? 1 - Math.sqrt(toOutside[i]) : Math.sqrt(toInside[i]));
    return signed;
  }

  /** Squared distances in place of 0 and FAR. */
  private static void transform(double[] grid, int width) {
    int height = grid.length / width;
    for (int row = 0; row < height; row++) {
      line(grid, row * width, 1, width);
    }
    for (int column = 0; column < width; column++) {
      line(grid, column, width, height);
    }
  }

  /** min over q of (p - q)^2 + f(q) for every p of one line. */
  private static void line(double[] grid, int start, int step, int length) {
    double[] f = new double[length];
    Arrays.setAll(f, i -> grid[start + i * step]);
    int[] vertex = new int[length]; // of the parabolas in the lower envelope
    double[] from = new double[length + 1]; // where each begins to be the lowest
    from[0] = Double.NEGATIVE_INFINITY;
    from[1] = Double.POSITIVE_INFINITY;
    int last = 0;
    for (int q = 1; q < length; q++) {
      double meet = meet(f, q, vertex[last]);
      while (meet <= from[last]) {
        last--;
        meet = meet(f, q, vertex[last]);
      }
      last++;
      vertex[last] = q;
      from[last] = meet;
      from[last + 1] = Double.POSITIVE_INFINITY;
    }
    int k = 0;
    for (int p = 0; p < length; p++) {
      while (from[k + 1] < p) {
        k++;
      }
      double distance = p - vertex[k];
      grid[start + p * step] = distance * distance + f[vertex[k]];
    }
  }

  private static double meet(double[] f, int q, int v) {
    return (f[q] + (double) q * q - f[v] - (double) v * v) / (2.0 * q - 2.0 * v);
  }
}
