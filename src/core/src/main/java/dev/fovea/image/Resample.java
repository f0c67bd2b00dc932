package dev.fovea.image;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Pillow's image resizing, bit for bit: the one that the published preprocessing of nearly all
 * vision models means, and that differs from those of Java, OpenCV and DJL.
 *
 * <p>When shrinking, a filter is widened by the scale so that every source pixel counts
 * (antialiasing). The filter is separable: first each row, then each column, with 8-bit pixels in
 * between and weights in fixed point. The columns come first where that saves work, which changes
 * the rounding: if the height shrinks by more than twice as many pixels as the width. (Pillow
 * before 13 never did that, and gives some values that differ by one there.)
 *
 * <p>Source: Pillow 13, {@code src/libImaging/Resample.c} ({@code precompute_coeffs}, {@code
 * normalize_coeffs_8bpc}, {@code ImagingResampleInner}) and, for {@link #NEAREST}, {@code
 * Geometry.c} ({@code ImagingScaleAffine}).
 */
public enum Resample {
  /** Takes the pixel under the centre; no antialiasing. The only one for masks. */
  NEAREST(0) {
    @Override
    double weight(double x) {
      throw new AssertionError("nearest has no weights");
    }
  },
  /** The mean over the area of the new pixel. */
  BOX(0.5) {
    @Override
    double weight(double x) {
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    }
  },
  /** The triangle filter; Pillow's and torchvision's "bilinear". */
  BILINEAR(1) {
    @Override
    double weight(double x) {
      return Math.max(0, 1 - Math.abs(x));
    }
  },
  /** Keys' cubic with a = -0.5; Pillow's and torchvision's "bicubic". */
  BICUBIC(2) {
    @Override
    double weight(double x) {
      double a = -0.5;
      double t = Math.abs(x);
      if (t < 1) {
        return ((a + 2) * t - (a + 3)) * t * t + 1;
      }
      return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
    }
  },
  /** A windowed sinc with three lobes. */
  LANCZOS(3) {
    @Override
    double weight(double x) {
      return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
  };

  /** Fraction bits of a weight: 32, less 8 for the pixel, less 2 for sign and overshoot. */
  private static final int PRECISION_BITS = 32 - 8 - 2;

  private final double support;

  Resample(double support) {
    this.support = support;
  }

  /** The filter's weight at a distance from its centre, in source pixels of an enlargement. */
  abstract double weight(double x);

  /**
   * Resizes to an exact size; the aspect ratio is not kept.
   *
   * @param image the source
   * @param width columns of the result, at least 1
   * @param height rows of the result, at least 1
   * @return a new image, or the source itself if it has that size already
   * @throws IllegalArgumentException if there can be no image of that size
   */
  public Pixels resize(Pixels image, int width, int height) {
    Pixels.bytes(width, height);
    if (image.width() == width && image.height() == height) {
      return image;
    }
    if (this == NEAREST) {
      return nearest(image, width, height);
    }
    int narrower = image.width() - width;
    int lower = image.height() - height;
    return lower > 0 && lower > 2 * narrower
        ? horizontal(vertical(image, height), width)
        : vertical(horizontal(image, width), height);
  }

  /**
   * Resizes so that the shorter side gets a given length and the aspect ratio stays, as
   * torchvision's {@code Resize(size)} does: the longer side is rounded down.
   *
   * @param image the source
   * @param size length of the shorter side, at least 1
   * @return a new image, or the source itself if it has that size already
   */
  public Pixels resizeShort(Pixels image, int size) {
    long w = image.width();
    long h = image.height();
    int longer = Math.toIntExact((long) ((double) (size * Math.max(w, h)) / Math.min(w, h)));
    return w <= h ? resize(image, size, longer) : resize(image, longer, size);
  }

  private Pixels horizontal(Pixels image, int width) {
    if (image.width() == width) {
      return image;
    }
    Weights weights = new Weights(image.width(), width);
    Pixels result = new Pixels(width, image.height());
    byte[] in = image.rgb();
    byte[] out = result.rgb();
    for (int y = 0; y < image.height(); y++) {
      int row = 3 * y * image.width();
      int to = 3 * y * width;
      for (int x = 0; x < width; x++) {
        int from = row + 3 * weights.first[x];
        int red = 1 << (PRECISION_BITS - 1);
        int green = red;
        int blue = red;
        for (int k : weights.values[x]) {
          red += (in[from] & 0xFF) * k;
          green += (in[from + 1] & 0xFF) * k;
          blue += (in[from + 2] & 0xFF) * k;
          from += 3;
        }
        out[to++] = clip(red);
        out[to++] = clip(green);
        out[to++] = clip(blue);
      }
    }
    return result;
  }

  private Pixels vertical(Pixels image, int height) {
    if (image.height() == height) {
      return image;
    }
    Weights weights = new Weights(image.height(), height);
    Pixels result = new Pixels(image.width(), height);
    int stride = 3 * image.width();
    byte[] in = image.rgb();
    byte[] out = result.rgb();
    int[] sums = new int[stride];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, 1 << (PRECISION_BITS - 1));
      int from = weights.first[y] * stride;
      for (int k : weights.values[y]) {
        for (int i = 0; i < stride; i++) {
          sums[i] += (in[from + i] & 0xFF) * k;
        }
        from += stride;
      }
      for (int i = 0; i < stride; i++) {
        out[y * stride + i] = clip(sums[i]);
      }
    }
    return result;
  }

  private static Pixels nearest(Pixels image, int width, int height) {
    int[] columns = nearest(image.width(), width);
    int[] rows = nearest(image.height(), height);
    Pixels result = new Pixels(width, height);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from = 3 * (rows[y] * image.width() + columns[x]);
        System.arraycopy(image.rgb(), from, result.rgb(), 3 * (y * width + x), 3);
      }
    }
    return result;
  }

  private static int[] nearest(int from, int to) {
    double scale = (double) from / to;
    double at = scale * 0.5;
    int[] source = new int[to];
    for (int i = 0; i < to; i++) {
      // Summed, not multiplied: the rounding decides at the pixels' edges.
      source[i] = Math.min((int) at, from - 1);
      at += scale;
    }
    return source;
  }

  private static byte clip(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> PRECISION_BITS));
  }

  private static double sinc(double x) {
    double t = x * Math.PI;
    return x == 0 ? 1 : StrictMath.sin(t) / t;
  }

  /** For each new position: where its source pixels begin, and their weights in fixed point. */
  private final class Weights {
    private final int[] first;
    private final int[][] values;

    Weights(int from, int to) {
      first = new int[to];
      values = new int[to][];
      double scale = (double) from / to;
      double filterScale = Math.max(1, scale);
      double reach = support * filterScale;
      double inverse = 1 / filterScale;
      for (int i = 0; i < to; i++) {
        double center = (i + 0.5) * scale;
        int begin = Math.max(0, (int) (center - reach + 0.5));
        int end = Math.min(from, (int) (center + reach + 0.5));
        double[] weights =
            IntStream.range(begin, end)
                .mapToDouble(x -> weight((x - center + 0.5) * inverse))
                .toArray();
        double sum = 0;
        for (double w : weights) {
          sum += w;
        }
        first[i] = begin;
        values[i] = new int[weights.length];
        for (int k = 0; k < weights.length; k++) {
          double w = (sum == 0 ? weights[k] : weights[k] / sum) * (1 << PRECISION_BITS);
          values[i][k] = (int) (w < 0 ? w - 0.5 : w + 0.5);
        }
      }
    }
  }
}
