package dev.fovea.data;

import dev.fovea.image.Pixels;
import java.util.List;
import java.util.Random;

/** Draws one sample of {@link Shapes}: a piece of a photograph, and shapes on it. */
final class Scene {
  private static final List<Form> FORMS = List.of(Form.values());

  private final byte[] rgb;
  private final int[][] mask;
  private final int size;
  private final Random random;

  /** Draws on a square picture; each shape is also entered into the mask. */
  Scene(Pixels canvas, int[][] mask, Random random) {
    this.rgb = canvas.rgb();
    this.mask = mask;
    this.size = canvas.width();
    this.random = random;
  }

  /** Fills the picture with a piece of a photograph: zoomed, mirrored, brighter or darker. */
  void backdrop(List<Pixels> photographs) {
    Pixels photo = photographs.get(random.nextInt(photographs.size()));
    double fit = (double) (Math.min(photo.width(), photo.height()) - 1) / size;
    double step = Math.min(fit, 0.5 + random.nextDouble());
    double left = random.nextDouble() * (photo.width() - 1 - step * size);
    double top = random.nextDouble() * (photo.height() - 1 - step * size);
    boolean mirror = random.nextBoolean();
    double contrast = 0.7 + 0.55 * random.nextDouble();
    int offset = random.nextInt(41) - 20;
    int[][] tone = new int[3][256];
    for (int[] channel : tone) {
      double gain = contrast * (0.92 + 0.16 * random.nextDouble());
      for (int v = 0; v < 256; v++) {
        channel[v] = Math.max(0, Math.min(255, (int) ((v - 128) * gain + 128 + offset)));
      }
    }
    byte[] in = photo.rgb();
    int stride = 3 * photo.width();
    for (int y = 0; y < size; y++) {
      double v = top + step * y;
      int fy = (int) ((v - (int) v) * 256);
      for (int x = 0; x < size; x++) {
        double u = left + step * (mirror ? size - 1 - x : x);
        int fx = (int) ((u - (int) u) * 256);
        int at = ((int) v) * stride + 3 * ((int) u);
        int to = 3 * (y * size + x);
        for (int c = 0; c < 3; c++, at++) {
          int upper = (in[at] & 0xFF) * (256 - fx) + (in[at + 3] & 0xFF) * fx;
          int lower = (in[at + stride] & 0xFF) * (256 - fx) + (in[at + stride + 3] & 0xFF) * fx;
          rgb[to + c] = (byte) tone[c][(upper * (256 - fy) + lower * fy) >> 16];
        }
      }
    }
  }

  /** Draws two to five shapes; where they overlap, the later one hides the earlier. */
  void shapes(Shapes.Variant variant) {
    for (int n = 2 + random.nextInt(4); n > 0; n--) {
      Form form = FORMS.get(random.nextInt(FORMS.size()));
      Paint paint =
          variant == Shapes.Variant.PLAIN
              ? Paint.plain(form, size, random)
              : Paint.random(size, random);
      double radius = size * (0.11 + 0.15 * random.nextDouble());
      double x = size * random.nextDouble();
      double y = size * random.nextDouble();
      draw(form, paint, x, y, radius, 2 * Math.PI * random.nextDouble());
    }
  }

  /**
   * Draws one shape. A pixel belongs to it if its centre lies inside; within half a pixel of the
   * outline, the colours of shape and background blend.
   */
  void draw(Form form, Paint paint, double cx, double cy, double radius, double angle) {
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    double reach = radius * Form.EXTENT + 1;
    for (int y = first(cy - reach); y < Math.min(size, cy + reach); y++) {
      for (int x = first(cx - reach); x < Math.min(size, cx + reach); x++) {
        double dx = x + 0.5 - cx;
        double dy = y + 0.5 - cy;
        double u = cos * dx + sin * dy;
        double v = cos * dy - sin * dx;
        double distance = radius * form.distance(u / radius, v / radius);
        if (distance >= 0.5) {
          continue;
        }
        int color = paint.color(u, v, radius, x, y);
        int at = 3 * (y * size + x);
        if (distance > -0.5) {
          int behind = (rgb[at] & 0xFF) << 16 | (rgb[at + 1] & 0xFF) << 8 | (rgb[at + 2] & 0xFF);
          color = Paint.mix(behind, color, (int) (256 * (0.5 - distance)));
        }
        rgb[at] = (byte) (color >> 16);
        rgb[at + 1] = (byte) (color >> 8);
        rgb[at + 2] = (byte) color;
        if (distance <= 0) {
          mask[y][x] = form.category;
        }
      }
    }
  }

  private static int first(double edge) {
    return Math.max(0, (int) edge);
  }
}
