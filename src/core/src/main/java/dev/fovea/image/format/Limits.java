package dev.fovea.image.format;

import java.io.EOFException;
import java.io.IOException;

/** What all formats check. */
final class Limits {
  private Limits() {}

  /** A width or height that a header states. */
  static int side(long value) throws IOException {
    if (value < 1 || value > Integer.MAX_VALUE) {
      throw new IOException("broken: a width or height of " + value + " pixels");
    }
    return (int) value;
  }

  /** The array of the result. */
  static byte[] rgb(int width, int height) throws IOException {
    // Some JVMs cannot make the very largest arrays.
    if (width > (Integer.MAX_VALUE - 8) / 3 / height) {
      throw new IOException(width + " x " + height + " pixels do not fit into an array");
    }
    return new byte[3 * width * height];
  }

  /** What a decoder throws where data ends early. */
  static EOFException cutShort(String what) {
    return new EOFException("cut short: " + what);
  }
}
