package dev.fovea.image;

/**
 * The size that an image is resized to, which may depend on its own size.
 *
 * @param kind how the two lengths are meant
 * @param width columns, at least 1; 0 where the image keeps its size
 * @param height rows, at least 1; 0 where the image keeps its size
 */
public record ResizeRule(Kind kind, int width, int height) {
  /** What the lengths of a rule mean. */
  public enum Kind {
    /** The image keeps its size. */
    NONE,
    /** Exactly this size; the aspect ratio is not kept. */
    EXACT,
    /** The shorter side gets this length, the longer one is rounded down; torchvision's. */
    SHORTEST_EDGE,
    /** The smallest size that covers the rectangle; timm's {@code ResizeKeepRatio}, longest 0. */
    COVER,
    /** The largest size that the rectangle holds; timm's {@code ResizeKeepRatio}, longest 1. */
    CONTAIN
  }

  /** The image keeps its size. */
  public static final ResizeRule NONE = new ResizeRule(Kind.NONE, 0, 0);

  /**
   * Checks the lengths.
   *
   * @param kind how the two lengths are meant
   * @param width columns, at least 1; 0 where the image keeps its size
   * @param height rows, at least 1; 0 where the image keeps its size
   */
  public ResizeRule {
    boolean none = width == 0 && height == 0;
    if (kind == Kind.NONE ? !none : width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "the resize rule " + kind + " has no size of " + width + " x " + height + " pixels");
    }
    if (kind == Kind.SHORTEST_EDGE && width != height) {
      throw new IllegalArgumentException(
          "the shorter side has one length, not " + width + " and " + height);
    }
  }

  /**
   * Resizes to one size, whatever the image's.
   *
   * @param width columns, at least 1
   * @param height rows, at least 1
   * @return a rule
   */
  public static ResizeRule exact(int width, int height) {
    return new ResizeRule(Kind.EXACT, width, height);
  }

  /**
   * Gives the shorter side a length and keeps the aspect ratio.
   *
   * @param length the length, at least 1
   * @return a rule
   */
  public static ResizeRule shortestEdge(int length) {
    return new ResizeRule(Kind.SHORTEST_EDGE, length, length);
  }

  /**
   * The size of an image after resizing.
   *
   * @param imageWidth columns of the image
   * @param imageHeight rows of the image
   * @return columns and rows of the result
   */
  int[] size(int imageWidth, int imageHeight) {
    double ratioWidth = (double) imageWidth / width;
    double ratioHeight = (double) imageHeight / height;
    return switch (kind) {
      case NONE -> new int[] {imageWidth, imageHeight};
      case EXACT -> new int[] {width, height};
      case SHORTEST_EDGE -> {
        long shorter = Math.min(imageWidth, imageHeight);
        long longer = Math.max(imageWidth, imageHeight);
        int length = Math.toIntExact((long) ((double) (width * longer) / shorter));
        yield imageWidth <= imageHeight ? new int[] {width, length} : new int[] {length, width};
      }
      case COVER -> scaled(imageWidth, imageHeight, Math.min(ratioWidth, ratioHeight));
      case CONTAIN -> scaled(imageWidth, imageHeight, Math.max(ratioWidth, ratioHeight));
    };
  }

  private static int[] scaled(int imageWidth, int imageHeight, double ratio) {
    // Python's round() goes to the even neighbour, and so does rint.
    return new int[] {
      Math.max(1, (int) Math.rint(imageWidth / ratio)),
      Math.max(1, (int) Math.rint(imageHeight / ratio))
    };
  }
}
