package dev.fovea.image.format;

/** Ink to light, without a colour profile: Pillow's {@code cmyk2rgb} (libImaging/Convert.c). */
final class Cmyk {
  private Cmyk() {}

  /** Writes one pixel: {@code (255 - K) * (255 - ink) / 255}, rounded as Pillow does. */
  static void put(int c, int m, int y, int k, byte[] out, int to) {
    int color = color(c, m, y, k);
    out[to] = (byte) color;
    out[to + 1] = (byte) (color >> 8);
    out[to + 2] = (byte) (color >> 16);
  }

  /** The same as a number, red the lowest byte. */
  static int color(int c, int m, int y, int k) {
    int light = 255 - k;
    return (light - share(c, light))
        | (light - share(m, light)) << 8
        | (light - share(y, light)) << 16;
  }

  private static int share(int a, int b) {
    int product = a * b + 128;
    return ((product >> 8) + product) >> 8;
  }
}
