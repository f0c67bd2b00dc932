package dev.fovea.image;

/**
 * Scores (C, h, w) enlarged bilinearly with half-pixel centres, one row at a time: the values of
 * PyTorch's {@code interpolate(scores, size, mode="bilinear", align_corners=False)}.
 */
final class EnlargedScores {
  private final float[] scores;
  private final int classes;
  private final int plane;
  private final int w;
  private final UpsampledArgmax.Axis rows;
  private final UpsampledArgmax.Axis columns;
  private final float[] line; // (C, w)

  EnlargedScores(float[] scores, int classes, int h, int w, int height, int width) {
    UpsampledArgmax.checkFinite(scores, h * w);
    this.scores = scores;
    this.classes = classes;
    this.plane = h * w;
    this.w = w;
    rows = new UpsampledArgmax.Axis(h, height);
    columns = new UpsampledArgmax.Axis(w, width);
    line = new float[classes * w];
  }

  /** Writes one row of the result as (C, width). */
  void row(int y, float[] out) {
    int low = rows.low[y] * w;
    int high = rows.high[y] * w;
    float weight = rows.weight[y];
    for (int c = 0, at = 0; c < classes; c++) {
      for (int x = 0; x < w; x++, at++) {
        line[at] =
            (1 - weight) * scores[c * plane + low + x] + weight * scores[c * plane + high + x];
      }
    }
    int width = columns.low.length;
    for (int c = 0, at = 0; c < classes; c++) {
      for (int x = 0; x < width; x++, at++) {
        float share = columns.weight[x];
        out[at] =
            (1 - share) * line[c * w + columns.low[x]] + share * line[c * w + columns.high[x]];
      }
    }
  }
}
