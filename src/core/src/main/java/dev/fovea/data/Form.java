package dev.fovea.data;

import java.util.function.DoubleBinaryOperator;

/**
 * The classes of {@link Shapes}: number, hue and pattern of the plain variant, and the outline,
 * about as large as the unit circle, with the centre at (0, 0).
 */
enum Form {
  CIRCLE(1, 0, Paint.Pattern.STRIPES, (x, y) -> Math.sqrt(x * x + y * y) - 0.9),
  SQUARE(2, 220, Paint.Pattern.CHECKS, polygon(4, 1.1, 1.1)),
  TRIANGLE(3, 125, Paint.Pattern.DOTS, polygon(3, 1.2, 1.2)),
  STAR(4, 52, Paint.Pattern.GRADIENT, polygon(10, 1.2, 0.5)),
  RING(5, 300, Paint.Pattern.NOISE, (x, y) -> Math.abs(Math.sqrt(x * x + y * y) - 0.77) - 0.23);

  /** No form reaches further than this from its centre. */
  static final double EXTENT = 1.2;

  /** The class in a mask. */
  final int category;

  /** Degrees on the colour wheel. */
  final int hue;

  /** What the plain variant fills it with. */
  final Paint.Pattern pattern;

  @SuppressWarnings("ImmutableEnumChecker") // it reads an array of corners that nobody changes
  private final DoubleBinaryOperator distance;

  Form(int category, int hue, Paint.Pattern pattern, DoubleBinaryOperator distance) {
    this.category = category;
    this.hue = hue;
    this.pattern = pattern;
    this.distance = distance;
  }

  /** The distance from a place to the outline, negative inside. */
  double distance(double x, double y) {
    return distance.applyAsDouble(x, y);
  }

  /** A polygon whose corners' distances from the centre alternate between two radii. */
  private static DoubleBinaryOperator polygon(int count, double even, double odd) {
    double[] corners = new double[2 * count]; // x, y, x, y ...
    for (int i = 0; i < count; i++) {
      double radius = i % 2 == 0 ? even : odd;
      double angle = 2 * Math.PI * i / count;
      corners[2 * i] = radius * StrictMath.cos(angle);
      corners[2 * i + 1] = radius * StrictMath.sin(angle);
    }
    return (x, y) -> distance(corners, x, y);
  }

  private static double distance(double[] corners, double x, double y) {
    double nearest = Double.POSITIVE_INFINITY;
    boolean inside = false; // how often a ray to the right crosses the outline, odd or even
    double ax = corners[corners.length - 2];
    double ay = corners[corners.length - 1];
    for (int i = 0; i < corners.length; i += 2) {
      double bx = corners[i];
      double by = corners[i + 1];
      double ex = bx - ax;
      double ey = by - ay;
      double px = x - ax;
      double py = y - ay;
      double t = Math.max(0, Math.min(1, (px * ex + py * ey) / (ex * ex + ey * ey)));
      double dx = px - t * ex;
      double dy = py - t * ey;
      nearest = Math.min(nearest, dx * dx + dy * dy);
      if (ay > y != by > y && px < py * ex / ey) {
        inside = !inside;
      }
      ax = bx;
      ay = by;
    }
    return inside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
  }
}
