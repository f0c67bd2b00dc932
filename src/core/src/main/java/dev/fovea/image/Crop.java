package dev.fovea.image;

/**
 * A rectangle about the middle of an image; where the image is smaller, a border is added.
 *
 * @param width columns of the result, at least 1
 * @param height rows of the result, at least 1
 * @param rounding where the middle lies if it falls between two pixels
 * @param fill colour of the border, {@code 0xRRGGBB}
 */
public record Crop(int width, int height, Rounding rounding, int fill) {
  /** Two conventions, which differ by a pixel where the sizes differ by an odd number. */
  public enum Rounding {
    /** To the even offset; a border is narrower on the left and top. torchvision and timm. */
    EVEN,
    /** Down; a border is wider on the left and top. The image processors of transformers. */
    DOWN
  }

  /**
   * Checks the values.
   *
   * @param width columns of the result, at least 1
   * @param height rows of the result, at least 1
   * @param rounding where the middle lies if it falls between two pixels
   * @param fill colour of the border, {@code 0xRRGGBB}
   */
  public Crop {
    Pixels.bytes(width, height);
    if (fill < 0 || fill > 0xFFFFFF) {
      throw new IllegalArgumentException("a fill colour lies in 0 to 0xFFFFFF, not " + fill);
    }
  }

  /**
   * torchvision's {@code CenterCrop}, with a black border where it needs one.
   *
   * @param width columns of the result, at least 1
   * @param height rows of the result, at least 1
   * @return a crop
   */
  public static Crop center(int width, int height) {
    return new Crop(width, height, Rounding.EVEN, 0);
  }

  /**
   * Cuts an image, or puts it into a border.
   *
   * @param image the image
   * @return a new image, or the same if it has the right size already
   */
  public Pixels apply(Pixels image) {
    if (image.width() == width && image.height() == height) {
      return image;
    }
    int left = offset(image.width(), width);
    int top = offset(image.height(), height);
    Pixels result = new Pixels(width, height);
    byte[] out = result.rgb();
    if (width > image.width() || height > image.height()) {
      paint(out);
    }
    int columns = Math.min(width, image.width());
    for (int y = Math.max(0, -top); y < height && top + y < image.height(); y++) {
      int from = 3 * ((top + y) * image.width() + Math.max(0, left));
      System.arraycopy(image.rgb(), from, out, 3 * (y * width + Math.max(0, -left)), 3 * columns);
    }
    return result;
  }

  /** Where the result begins in the source; negative by the width of the border before it. */
  int offset(int from, int to) {
    if (from < to) {
      return -(rounding == Rounding.EVEN ? (to - from) / 2 : (to - from + 1) / 2);
    }
    // Python's round() goes to the even neighbour, and so does rint.
    return rounding == Rounding.EVEN ? (int) Math.rint((from - to) / 2.0) : (from - to) / 2;
  }

  private void paint(byte[] out) {
    byte[] color = {(byte) (fill >> 16), (byte) (fill >> 8), (byte) fill};
    for (int i = 0; i < out.length; i++) {
      out[i] = color[i % 3];
    }
  }
}
