package dev.fovea.image.format;

/**
 * Paints a JPEG of which all components have the picture's size: colours are made of the blocks as
 * the transform leaves them, column by column, and written once.
 */
final class JpegUnsampled {
  private final JpegFrame frame;
  private final byte[] rgb;
  private final int[][] colors;

  JpegUnsampled(JpegFrame frame, byte[] rgb) {
    this.frame = frame;
    this.rgb = rgb;
    colors = new int[8][8 * frame.batch];
  }

  /** Paints blocks of a row of them, from a column of blocks on. */
  void paint(int row, int column, int count) {
    int[][] luma = frame.components.get(0).samples;
    int[][] cb = frame.components.get(1).samples;
    int[][] cr = frame.components.get(2).samples;
    for (int i = 0; i < 8; i++) {
      JpegColors.mix(luma[i], cb[i], cr[i], colors[i]);
    }
    int whole = Math.min(count, frame.width / 8 - column);
    for (int j = 0; j < 8 && 8 * row + j < frame.height; j++) {
      int to = 3 * ((8 * row + j) * frame.width + 8 * column);
      int from = j * frame.batch;
      ColorRow.write(colors, from, whole, rgb, to);
      if (whole < count) {
        ColorRow.writePart(colors, from + whole, frame.width % 8, rgb, to + 24 * whole);
      }
    }
  }
}
