package dev.fovea.data;

import java.awt.Color;
import java.util.List;
import java.util.Random;

/**
 * What a shape is filled with: two colours and the pattern in which they alternate.
 *
 * @param pattern where the second colour shows
 * @param first 0xRRGGBB
 * @param second 0xRRGGBB
 * @param period length of the pattern, in pixels
 * @param phase shift of the pattern along both axes, in pixels
 * @param noise seed of {@link Pattern#NOISE}
 */
record Paint(Pattern pattern, int first, int second, double period, double phase, int noise) {
  /** How the two colours alternate. */
  enum Pattern {
    STRIPES,
    CHECKS,
    DOTS,
    GRADIENT,
    NOISE
  }

  private static final List<Pattern> PATTERNS = List.of(Pattern.values());

  /** The colour family and the pattern of the form, each with some jitter. */
  static Paint plain(Form form, double size, Random random) {
    double hue = (form.hue + 24 * (random.nextDouble() - 0.5)) / 360;
    double saturation = 0.65 + 0.3 * random.nextDouble();
    double value = 0.75 + 0.25 * random.nextDouble();
    double contrast = 0.4 + 0.25 * random.nextDouble();
    int first = hsb(hue, saturation, value);
    int second = hsb(hue, saturation, value * contrast);
    return of(form.pattern, first, second, size, random);
  }

  /** Any colours and any pattern: they say nothing about the form. */
  static Paint random(double size, Random random) {
    Pattern pattern = PATTERNS.get(random.nextInt(PATTERNS.size()));
    int first = hsb(random.nextDouble(), random.nextDouble(), random.nextDouble());
    int second = hsb(random.nextDouble(), random.nextDouble(), random.nextDouble());
    return of(pattern, first, second, size, random);
  }

  private static Paint of(Pattern pattern, int first, int second, double size, Random random) {
    double period = Math.max(4, size * (0.055 + 0.035 * random.nextDouble()));
    return new Paint(
        pattern, first, second, period, period * random.nextDouble(), random.nextInt());
  }

  /**
   * The colour at a place.
   *
   * @param u distance from the shape's centre along its own axis, in pixels
   * @param v the same across
   * @param radius the shape's radius, in pixels
   * @param x column of the pixel, for noise
   * @param y row of the pixel, for noise
   */
  int color(double u, double v, double radius, int x, int y) {
    double a = (u + phase) / period;
    double b = (v + phase) / period;
    double share =
        switch (pattern) {
          case STRIPES -> soft(triangle(a));
          case CHECKS -> 0.5 + 2 * (soft(triangle(a)) - 0.5) * (soft(triangle(b)) - 0.5);
          case DOTS -> soft(1.35 - 2.4 * length(frac(a) - 0.5, frac(b) - 0.5));
          case GRADIENT -> 0.5 + u / (2 * radius);
          case NOISE -> (hash(x, y) & 0xFF) / 255.0;
        };
    int weight = (int) (256 * Math.max(0, Math.min(1, share)));
    return mix(first, second, weight);
  }

  /** Two colours blended; a weight of 0 is the first, of 256 the second. */
  static int mix(int first, int second, int weight) {
    int color = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int a = first >> shift & 0xFF;
      int b = second >> shift & 0xFF;
      color |= (a + (((b - a) * weight) >> 8)) << shift;
    }
    return color;
  }

  /** A pixel or so of transition instead of a step. */
  private double soft(double wave) {
    return Math.max(0, Math.min(1, 0.5 + (wave - 0.5) * period / 2));
  }

  private static double triangle(double t) {
    return Math.abs(2 * frac(t) - 1);
  }

  private static double length(double x, double y) {
    return Math.sqrt(x * x + y * y);
  }

  private static double frac(double t) {
    return t - Math.floor(t);
  }

  private int hash(int x, int y) {
    int h = noise + x * 0x9E3779B1 + y * 0x85EBCA77;
    h = (h ^ h >>> 15) * 0x2C1B3C6D;
    h = (h ^ h >>> 12) * 0x297A2D39;
    return h ^ h >>> 15;
  }

  private static int hsb(double hue, double saturation, double brightness) {
    return Color.HSBtoRGB((float) hue, (float) saturation, (float) brightness) & 0xFFFFFF;
  }
}
