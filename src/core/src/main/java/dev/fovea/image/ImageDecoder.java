package dev.fovea.image;

import java.awt.color.ColorSpace;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Reads PNG, JPEG, BMP and GIF (its first frame) with the decoders of the JDK, images of unknown
 * origin included: the format must be one of these four, and the size that the header states is
 * checked before memory is taken.
 *
 * <p>Samples arrive as stored ({@link Pixels#of(java.awt.image.BufferedImage)}), and the EXIF
 * orientation is not applied: both as with Pillow's {@code Image.open(file).convert("RGB")}. PNG,
 * BMP and GIF give the same bytes as there (except 16-bit grey, which Pillow clips); decoders of
 * JPEG may differ by a grey level here and there. CMYK is refused.
 *
 * @param maxPixels width times height of the largest image that is read
 */
public record ImageDecoder(long maxPixels) {
  /** Reads up to 89,478,485 pixels, the size from which Pillow warns of a decompression bomb. */
  public static final ImageDecoder DEFAULT = new ImageDecoder(1024L * 1024 * 1024 / 4 / 3);

  /** How a file of each format begins. */
  private static final Map<String, String> FORMATS =
      Map.of("89504e470d0a1a0a", "png", "ffd8ff", "jpeg", "424d", "bmp", "47494638", "gif");

  /**
   * Checks the limit.
   *
   * @param maxPixels width times height of the largest image that is read, at least 1
   */
  public ImageDecoder {
    if (maxPixels < 1) {
      throw new IllegalArgumentException("maxPixels must be at least 1, not " + maxPixels);
    }
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
    try (InputStream in = Files.newInputStream(file)) {
      return decode(in, file.toString());
    }
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
    return decode(new ByteArrayInputStream(bytes), source);
  }

  /**
   * Reads a stream.
   *
   * @param in the content of an image file; not closed
   * @param source what errors call the image
   * @return its pixels
   * @throws UnreadableImageException if it is no image, broken, cut short or too large
   */
  public Pixels decode(InputStream in, String source) throws UnreadableImageException {
    try (ImageInputStream stream = new MemoryCacheImageInputStream(in)) {
      return decode(stream, source);
    } catch (UnreadableImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The decoders answer broken data with unchecked exceptions of many types.
      throw new UnreadableImageException(source, "broken or cut short (" + e + ")", e);
    }
  }

  private Pixels decode(ImageInputStream stream, String source) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName(format(stream, source)).next();
    try {
      // Text chunks may be bombs of their own, so metadata is skipped.
      reader.setInput(stream, true, true);
      check(reader, source);
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener((from, warning) -> warnings.add(warning));
      Pixels pixels = Pixels.of(reader.read(0));
      // What is missing of a JPEG would silently be grey.
      if (warnings.toString().toLowerCase(Locale.ROOT).contains("premature end")) {
        throw new UnreadableImageException(source, "cut short " + warnings, null);
      }
      return pixels;
    } finally {
      reader.dispose();
    }
  }

  private static String format(ImageInputStream stream, String source) throws IOException {
    byte[] start = new byte[8];
    int length = Math.max(0, stream.read(start));
    stream.seek(0);
    String hex = HexFormat.of().formatHex(start, 0, length);
    return FORMATS.entrySet().stream()
        .filter(format -> hex.startsWith(format.getKey()))
        .map(Map.Entry::getValue)
        .findAny()
        .orElseThrow(
            () ->
                new UnreadableImageException(
                    source,
                    "neither PNG, JPEG, BMP nor GIF; it begins with the bytes '" + hex + "'",
                    null));
  }

  private void check(ImageReader reader, String source) throws IOException {
    long width = reader.getWidth(0);
    long height = reader.getHeight(0);
    String size = width + " x " + height + " pixels";
    if (width * height > maxPixels) {
      String reason = size + " are more than the " + maxPixels + " allowed";
      throw new UnreadableImageException(source, reason, null);
    }
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    ImageTypeSpecifier type = types.hasNext() ? types.next() : null;
    int space = type == null ? -1 : type.getColorModel().getColorSpace().getType();
    if (type == null || (space != ColorSpace.TYPE_GRAY && space != ColorSpace.TYPE_RGB)) {
      throw new UnreadableImageException(source, "neither grey nor RGB; convert it first", null);
    }
    long bytes = 3; // a pixel's, of the result and of what the decoder makes
    for (int bits : type.getSampleModel().getSampleSize()) {
      bytes += (bits + 7) / 8;
    }
    if (width * height > Runtime.getRuntime().maxMemory() / bytes) {
      String reason = size + " of " + bytes + " bytes are more than the heap (-Xmx) holds";
      throw new UnreadableImageException(source, reason, null);
    }
  }
}
