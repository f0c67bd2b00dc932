package dev.fovea.image;

import ai.djl.modality.cv.output.CategoryMask;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * Tints an image by the class of its pixels.
 *
 * <p>The first seven classes have the colours of Okabe and Ito ("Color Universal Design", 2008),
 * which people with any colour vision tell apart; further classes repeat them darker, then paler. A
 * class has the same colour everywhere. The background is not tinted, nor are pixels whose class is
 * not in the mask's list, such as the ignored 255.
 */
public final class Overlay {
  private static final List<Integer> PALETTE =
      List.of(0xD55E00, 0x0072B2, 0x009E73, 0xF0E442, 0xCC79A7, 0x56B4E9, 0xE69F00);

  private static final double OPACITY = 0.65;

  private final int background;
  private final List<Integer> colors; // of every class; empty: those of PALETTE

  /** Leaves class 0 untinted, as the background. */
  public Overlay() {
    this(0);
  }

  /**
   * Leaves one class untinted.
   *
   * @param background the class that is the background, or -1 if there is none
   */
  public Overlay(int background) {
    this(background, List.of());
  }

  /**
   * Tints every class in the colours that are customary for a data set.
   *
   * @param labels the classes; without a palette they get the colours of Okabe and Ito
   */
  public Overlay(LabelSet labels) {
    this(-1, labels.palette());
  }

  private Overlay(int background, List<Integer> colors) {
    this.background = background;
    this.colors = colors;
  }

  /**
   * The colour of a class.
   *
   * @param category number of the class, at least 0, and not the background
   * @return {@code 0xRRGGBB}
   */
  public int color(int category) {
    if (category < colors.size()) {
      return colors.get(category);
    }
    int index = background >= 0 && category > background ? category - 1 : category;
    int color = PALETTE.get(index % PALETTE.size());
    int round = index / PALETTE.size();
    int step = (round + 1) / 2;
    double share = 1 - Math.pow(0.6, step);
    return blend(color, round % 2 == 1 ? 0x000000 : 0xFFFFFF, share);
  }

  /**
   * Whether pixels of a class are tinted.
   *
   * @param category number of the class
   * @param mask the mask that it stands in
   * @return false for the background and for numbers that are no class of the mask
   */
  public boolean tints(int category, CategoryMask mask) {
    return category >= 0 && category < mask.getClasses().size() && category != background;
  }

  /**
   * Draws a mask over its image; the borders of each class are opaque.
   *
   * @param image the image
   * @param mask the class of each of its pixels
   * @return a new image of the same size
   * @throws IllegalArgumentException if the mask has another size
   */
  public BufferedImage draw(Pixels image, CategoryMask mask) {
    int[][] classes = mask.getMask();
    if (classes.length != image.height() || classes[0].length != image.width()) {
      throw new IllegalArgumentException(
          "a mask of "
              + classes[0].length
              + " x "
              + classes.length
              + " pixels does not fit an image of "
              + image);
    }
    BufferedImage result = image.toBufferedImage();
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        int category = classes[y][x];
        if (tints(category, mask)) {
          double opacity = isBorder(classes, x, y) ? 1 : OPACITY;
          result.setRGB(x, y, blend(image.get(x, y), color(category), opacity));
        }
      }
    }
    return result;
  }

  private static boolean isBorder(int[][] classes, int x, int y) {
    int category = classes[y][x];
    int left = classes[y][Math.max(0, x - 1)];
    int right = classes[y][Math.min(classes[y].length - 1, x + 1)];
    int above = classes[Math.max(0, y - 1)][x];
    int below = classes[Math.min(classes.length - 1, y + 1)][x];
    return left != category || right != category || above != category || below != category;
  }

  private static int blend(int below, int above, double opacity) {
    int color = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int a = below >> shift & 0xFF;
      int b = above >> shift & 0xFF;
      color |= (int) Math.round(a + (b - a) * opacity) << shift;
    }
    return color;
  }
}
