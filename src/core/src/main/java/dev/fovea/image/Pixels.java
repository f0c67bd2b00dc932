package dev.fovea.image;

import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * An image as networks see it: 8-bit red, green, blue, row by row from the top left.
 *
 * <p>Pixel (x, y) lies at {@code 3 * (y * width + x)} of the array, as in an (H, W, C) array of
 * NumPy. The array is not copied: whoever makes the object gives it away.
 */
public final class Pixels {
  private final int width;
  private final int height;
  private final byte[] rgb;

  /**
   * Wraps an array.
   *
   * @param width columns, at least 1
   * @param height rows, at least 1
   * @param rgb {@code 3 * width * height} bytes, each 0 to 255 when read as unsigned
   */
  public Pixels(int width, int height, byte[] rgb) {
    if (bytes(width, height) != rgb.length) {
      throw new IllegalArgumentException(
          width
              + " x "
              + height
              + " pixels need "
              + bytes(width, height)
              + " bytes, not "
              + rgb.length);
    }
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  /**
   * Makes a black image.
   *
   * @param width columns, at least 1
   * @param height rows, at least 1
   */
  public Pixels(int width, int height) {
    this(width, height, new byte[bytes(width, height)]);
  }

  /**
   * Takes the pixels of a Java image.
   *
   * <p>The stored samples are taken as they are, as Pillow does: a colour profile is not applied,
   * transparency is dropped without blending, of 16-bit samples the high byte stays, and grey
   * becomes three equal channels (where {@link BufferedImage#getRGB} would brighten it).
   *
   * @param image the image, of any type
   * @return its pixels, copied
   */
  public static Pixels of(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    Pixels pixels = new Pixels(width, height);
    ColorModel model = image.getColorModel();
    int space = model.getColorSpace().getType();
    boolean stored =
        model instanceof ComponentColorModel
            && !model.isAlphaPremultiplied()
            && (space == ColorSpace.TYPE_RGB || space == ColorSpace.TYPE_GRAY)
            && (model.getComponentSize(0) == 8 || model.getComponentSize(0) == 16);
    for (int y = 0; y < height; y++) {
      if (stored) {
        pixels.copySamples(image.getRaster(), y, model.getComponentSize(0) - 8);
      } else if (model instanceof IndexColorModel palette && image.getRaster().getNumBands() == 1) {
        int[] row = image.getRaster().getSamples(0, y, width, 1, 0, (int[]) null);
        for (int x = 0; x < width; x++) {
          pixels.set(x, y, palette.getRGB(row[x]));
        }
      } else {
        int[] row = image.getRGB(0, y, width, 1, null, 0, width);
        for (int x = 0; x < width; x++) {
          pixels.set(x, y, row[x]);
        }
      }
    }
    return pixels;
  }

  /**
   * Takes the pixels of a DJL image, of whatever implementation.
   *
   * @param image the image
   * @param manager lends memory where the implementation needs it; nothing stays attached
   * @return its pixels, copied
   */
  public static Pixels of(Image image, NDManager manager) {
    if (image.getWrappedImage() instanceof BufferedImage buffered) {
      return of(buffered);
    }
    try (NDArray array = image.toNDArray(manager, Image.Flag.COLOR); // (H, W, C)
        NDArray bytes = array.toType(DataType.UINT8, true)) {
      return new Pixels(image.getWidth(), image.getHeight(), bytes.toByteArray());
    }
  }

  /**
   * The width.
   *
   * @return columns
   */
  public int width() {
    return width;
  }

  /**
   * The height.
   *
   * @return rows
   */
  public int height() {
    return height;
  }

  /**
   * The samples themselves, not a copy.
   *
   * @return {@code 3 * width * height} bytes: red, green, blue of the first pixel, then the next
   */
  public byte[] rgb() {
    return rgb;
  }

  /**
   * One pixel.
   *
   * @param x column
   * @param y row
   * @return {@code 0xRRGGBB}
   */
  public int get(int x, int y) {
    int at = 3 * (y * width + x);
    return (rgb[at] & 0xFF) << 16 | (rgb[at + 1] & 0xFF) << 8 | (rgb[at + 2] & 0xFF);
  }

  /**
   * The middle of the image, as torchvision's {@code CenterCrop} cuts it.
   *
   * @param width columns to keep, at most those of the image
   * @param height rows to keep, at most those of the image
   * @return a new image, or this one if it has that size already
   * @throws IllegalArgumentException if the image is smaller than that
   */
  public Pixels centerCrop(int width, int height) {
    if (width > this.width || height > this.height) {
      throw new IllegalArgumentException(
          "cannot cut " + width + " x " + height + " pixels out of " + this);
    }
    // Python's round() goes to the even neighbour, and so does rint.
    int left = (int) Math.rint((this.width - width) / 2.0);
    int top = (int) Math.rint((this.height - height) / 2.0);
    return cut(left, top, width, height);
  }

  /** A rectangle that lies inside; this image if it is all of it. */
  Pixels cut(int left, int top, int width, int height) {
    if (width == this.width && height == this.height) {
      return this;
    }
    Pixels crop = new Pixels(width, height);
    for (int y = 0; y < height; y++) {
      int from = 3 * ((top + y) * this.width + left);
      System.arraycopy(rgb, from, crop.rgb, 3 * y * width, 3 * width);
    }
    return crop;
  }

  /** The image mirrored left to right. */
  Pixels mirrored() {
    return Orientation.upright(this, 2);
  }

  /**
   * A Java image with these pixels.
   *
   * @return a new image of type {@link BufferedImage#TYPE_INT_RGB}
   */
  public BufferedImage toBufferedImage() {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        row[x] = get(x, y);
      }
      image.getRaster().setDataElements(0, y, width, 1, row);
    }
    return image;
  }

  /**
   * A DJL image with these pixels, such as a predictor takes.
   *
   * @return an image of DJL's default implementation
   */
  public Image toImage() {
    int[] argb = new int[width * height];
    for (int i = 0; i < argb.length; i++) {
      argb[i] = 0xFF000000 | get(i % width, i / width);
    }
    return ImageFactory.getInstance().fromPixels(argb, width, height);
  }

  @Override
  public String toString() {
    return width + " x " + height + " pixels";
  }

  private void copySamples(Raster raster, int y, int shift) {
    int bands = raster.getNumBands();
    int[] row = raster.getPixels(0, y, width, 1, (int[]) null);
    int green = bands < 3 ? 0 : 1; // one or two bands: grey, grey with alpha
    int blue = bands < 3 ? 0 : 2;
    int at = 3 * y * width;
    for (int x = 0; x < width; x++) {
      rgb[at++] = (byte) (row[x * bands] >> shift);
      rgb[at++] = (byte) (row[x * bands + green] >> shift);
      rgb[at++] = (byte) (row[x * bands + blue] >> shift);
    }
  }

  private void set(int x, int y, int color) {
    int at = 3 * (y * width + x);
    rgb[at] = (byte) (color >> 16);
    rgb[at + 1] = (byte) (color >> 8);
    rgb[at + 2] = (byte) color;
  }

  /** The length of the array of an image, if there can be one of that size. */
  static int bytes(int width, int height) {
    // Some JVMs cannot make the very largest arrays.
    if (width < 1 || height < 1 || width > (Integer.MAX_VALUE - 8) / 3 / height) {
      throw new IllegalArgumentException(
          "an image of " + width + " x " + height + " pixels cannot be held");
    }
    return 3 * width * height;
  }
}
