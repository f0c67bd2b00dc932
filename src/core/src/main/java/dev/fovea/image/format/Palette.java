package dev.fovea.image.format;

/** The colours of the values of a pixel of up to 8 bits; grey is a palette too. */
final class Palette {
  /** Red, green, blue of 256 values; those that a file leaves out are black, as in Pillow. */
  private final byte[] rgb = new byte[768];

  /** The same as numbers, red the lowest byte. */
  private final int[] colors = new int[256];

  private Palette() {}

  /** Grey from black to white in {@code bits} bits. */
  static Palette grey(int bits, boolean whiteIsZero) {
    Palette palette = new Palette();
    int most = (1 << bits) - 1;
    for (int i = 0; i <= most; i++) {
      int level = i * (255 / most);
      int grey = whiteIsZero ? 255 - level : level;
      palette.set(i, grey, grey, grey);
    }
    return palette;
  }

  /** Black, to be overwritten by {@link #set}. */
  static Palette black() {
    return new Palette();
  }

  void set(int value, int red, int green, int blue) {
    rgb[3 * value] = (byte) red;
    rgb[3 * value + 1] = (byte) green;
    rgb[3 * value + 2] = (byte) blue;
    colors[value] = (red & 0xFF) | (green & 0xFF) << 8 | (blue & 0xFF) << 16;
  }

  /**
   * Paints pixels that are packed from the highest bit down.
   *
   * @param row packed values
   * @param at where the first byte lies
   * @param bits of a pixel: 1, 2, 4 or 8
   * @param count pixels
   * @param out red, green, blue
   * @param to where the first pixel goes
   * @param step bytes from a pixel to the next
   */
  void paint(byte[] row, int at, int bits, int count, byte[] out, int to, int step) {
    if (bits == 8 && step == 3) {
      ColorRow.write(row, at, colors, count, out, to);
      return;
    }
    int mask = (1 << bits) - 1;
    int shift = 3 - Integer.numberOfTrailingZeros(bits);
    int last = (1 << shift) - 1;
    for (int x = 0; x < count; x++, to += step) {
      int value = (row[at + (x >> shift)] >> ((last - (x & last)) * bits)) & mask;
      out[to] = rgb[3 * value];
      out[to + 1] = rgb[3 * value + 1];
      out[to + 2] = rgb[3 * value + 2];
    }
  }
}
