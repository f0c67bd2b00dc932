package dev.fovea.image;

import dev.fovea.image.format.ImageFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads JPEG, PNG, BMP, GIF, TIFF and WebP (of animations the first picture), images of unknown
 * origin included: the format is told by the content, and the sizes of the file and of the image
 * are checked before memory is taken.
 *
 * <p>The pixels are those of Pillow's {@code ImageOps.exif_transpose(Image.open(file))
 * .convert("RGB")}, byte for byte: samples as stored, profiles and gamma not applied, transparency
 * dropped without blending, CMYK converted without a profile, of 16-bit colours the high byte, and
 * 16-bit grey clipped at 255.
 *
 * @param maxPixels width times height of the largest image that is read
 * @param maxBytes the largest file, stream or answer of a server that is read
 * @param upright whether images are turned as their EXIF orientation says; those of TIFF always are
 */
public record ImageDecoder(long maxPixels, int maxBytes, boolean upright) {
  /**
   * Reads up to 89,478,485 pixels, the size from which Pillow warns of a decompression bomb, of up
   * to 256 MiB; turns images upright.
   */
  public static final ImageDecoder DEFAULT = new ImageDecoder(1024L * 1024 * 1024 / 4 / 3);

  /**
   * Checks the limits.
   *
   * @param maxPixels width times height of the largest image that is read, at least 1
   * @param maxBytes the largest file that is read, at least 1
   * @param upright whether images are turned as their EXIF orientation says
   */
  public ImageDecoder {
    if (maxPixels < 1) {
      throw new IllegalArgumentException("maxPixels must be at least 1, not " + maxPixels);
    }
    if (maxBytes < 1 || maxBytes > Integer.MAX_VALUE - 9) {
      throw new IllegalArgumentException(
          "maxBytes must be 1 to " + (Integer.MAX_VALUE - 9) + ", not " + maxBytes);
    }
  }

  /**
   * A decoder of files of up to 256 MiB that turns images upright.
   *
   * @param maxPixels width times height of the largest image that is read, at least 1
   */
  public ImageDecoder(long maxPixels) {
    this(maxPixels, 1 << 28, true);
  }

  /**
   * The same for smaller or larger files.
   *
   * @param bytes the largest file, stream or answer of a server that is read
   * @return a changed copy
   */
  public ImageDecoder withMaxBytes(int bytes) {
    return new ImageDecoder(maxPixels, bytes, upright);
  }

  /**
   * The same with images turned upright or left as stored.
   *
   * @param upright whether to heed the EXIF orientation
   * @return a changed copy
   */
  public ImageDecoder withUpright(boolean upright) {
    return new ImageDecoder(maxPixels, maxBytes, upright);
  }

  /**
   * Reads a file.
   *
   * @param file the image
   * @return its pixels
   * @throws UnreadableImageException if it is no image, broken, cut short or too large
   * @throws IOException if the file cannot be opened
   */
  public Pixels decode(Path file) throws IOException {
    long size = Files.size(file);
    if (size > maxBytes) {
      throw tooLong("a file of " + size + " bytes", file.toString());
    }
    try (InputStream in = Files.newInputStream(file)) {
      return decode(in, file.toString());
    }
  }

  /**
   * Reads a stream.
   *
   * @param in the content of an image file; read to its end, not closed
   * @param source what errors call the image
   * @return its pixels
   * @throws UnreadableImageException if it is no image, broken, cut short or too large
   */
  public Pixels decode(InputStream in, String source) throws UnreadableImageException {
    byte[] bytes;
    try {
      bytes = in.readNBytes(maxBytes + 1);
    } catch (IOException e) {
      throw new UnreadableImageException(source, "cannot be read (" + e + ")", e);
    }
    return decode(bytes, source);
  }

  /**
   * Reads bytes in memory.
   *
   * @param bytes the content of an image file
   * @param source what errors call the image
   * @return its pixels
   * @throws UnreadableImageException if it is no image, broken, cut short or too large
   */
  public Pixels decode(byte[] bytes, String source) throws UnreadableImageException {
    if (bytes.length > maxBytes) {
      throw tooLong("its content", source);
    }
    try {
      ImageFile file = ImageFile.open(bytes);
      check(file, source);
      Pixels stored = new Pixels(file.width(), file.height(), file.decode());
      boolean turn = upright || file.format().equals("TIFF"); // as Pillow does
      return turn ? Orientation.upright(stored, file.orientation()) : stored;
    } catch (UnreadableImageException e) {
      throw e;
    } catch (IOException e) {
      throw new UnreadableImageException(source, String.valueOf(e.getMessage()), e);
    } catch (RuntimeException e) {
      throw new UnreadableImageException(source, "broken or cut short (" + e + ")", e);
    }
  }

  UnreadableImageException tooLong(String what, String source) {
    return new UnreadableImageException(
        source, what + " is more than the " + maxBytes + " bytes allowed", null);
  }

  private void check(ImageFile file, String source) throws UnreadableImageException {
    long pixels = (long) file.width() * file.height();
    String size = file.width() + " x " + file.height() + " pixels";
    if (pixels > maxPixels) {
      String reason = size + " are more than the " + maxPixels + " allowed";
      throw new UnreadableImageException(source, reason, null);
    }
    long turned = file.orientation() == 1 ? 0 : 3 * pixels;
    if (file.memory() + turned > Runtime.getRuntime().maxMemory()) {
      long megabytes = (file.memory() + turned) >> 20;
      String reason = size + " need " + megabytes + " MB, more than the heap (-Xmx) holds";
      throw new UnreadableImageException(source, reason, null);
    }
  }
}
