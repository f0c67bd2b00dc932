package dev.fovea.image.format;

/** Ink to light, without a colour profile: Pillow's {@code cmyk2rgb} (libImaging/Convert.c). */
final class Cmyk {
  private Cmyk() {}

  /** Writes one pixel: {@code (255 - K) * (255 - ink) / 255}, rounded as Pillow does. */
  static void put(int c, int m, int y, int k, byte[] out, int to) {
    int light = 255 - k;
    out[to] = (byte) (light - share(c, light));
    out[to + 1] = (byte) (light - share(m, light));
    out[to + 2] = (byte) (light - share(y, light));
  }

  private static int share(int a, int b) {
    int product = a * b + 128;
    return ((product >> 8) + product) >> 8;
  }
}
