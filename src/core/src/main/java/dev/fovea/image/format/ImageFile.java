package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An image file of which the header has been read, so that its size is known before memory is taken
 * for a pixel.
 *
 * <p>Broken files are answered with an {@link IOException}, an {@link IllegalArgumentException}, an
 * {@link IndexOutOfBoundsException} or a {@link java.nio.BufferUnderflowException}; nothing in a
 * file makes a decoder take more than {@link #memory} bytes.
 */
public sealed interface ImageFile permits BmpFile, GifFile, JpegFile, PngFile, TiffFile, WebPFile {
  /**
   * Reads the header.
   *
   * @param bytes the whole file; not changed, and not copied
   * @return the file, by its first bytes and not by its name
   * @throws IOException if the format is not known or the header is broken
   */
  static ImageFile open(byte[] bytes) throws IOException {
    ByteBuffer file = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    String start = HexFormat.of().formatHex(Arrays.copyOf(bytes, Math.min(12, bytes.length)));
    if (start.startsWith("89504e470d0a1a0a")) {
      return PngFile.open(file);
    }
    if (start.startsWith("ffd8ff")) {
      return JpegFile.open(file);
    }
    if (start.startsWith("47494638")) {
      return GifFile.open(file);
    }
    if (start.startsWith("49492a00") || start.startsWith("4d4d002a")) {
      return TiffFile.open(file);
    }
    if (start.startsWith("49492b00") || start.startsWith("4d4d002b")) {
      throw new IOException("BigTIFF is not supported; TIFF is");
    }
    if (start.startsWith("424d")) {
      return BmpFile.open(file);
    }
    if (start.matches("52494646.{8}57454250")) {
      return WebPFile.open(file);
    }
    throw new IOException(
        "neither PNG, JPEG, BMP, GIF, TIFF nor WebP; it begins with the bytes '" + start + "'");
  }

  /**
   * The format.
   *
   * @return PNG, JPEG, BMP, GIF, TIFF or WEBP
   */
  String format();

  /**
   * The width.
   *
   * @return columns as stored, before {@link #orientation}; at least 1
   */
  int width();

  /**
   * The height.
   *
   * @return rows as stored, before {@link #orientation}; at least 1
   */
  int height();

  /**
   * How the image must be turned, as EXIF writes it (tag 0x0112 of EXIF 3.0).
   *
   * @return 1 (as stored) to 8
   */
  int orientation();

  /**
   * What decoding takes, the result included.
   *
   * @return bytes of the heap, at most
   */
  long memory();

  /**
   * Decodes the image; of an animation, the first picture.
   *
   * @return red, green and blue of each pixel, row by row: {@code 3 * width * height} bytes
   * @throws IOException if the file is broken, cut short, or of a kind that is not supported
   */
  byte[] decode() throws IOException;
}
