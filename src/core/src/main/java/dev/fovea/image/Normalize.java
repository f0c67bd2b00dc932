package dev.fovea.image;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Turns 8-bit pixels into the floats that a network takes: {@code (value / 255 - mean) / std}, per
 * channel, channels first.
 *
 * @param mean what is subtracted from red, green and blue, which then lie in 0 to 1
 * @param std what they are divided by, all above 0
 */
public record Normalize(List<Float> mean, List<Float> std) {
  /**
   * The mean and standard deviation over ImageNet, which nearly every published model uses; as in
   * torchvision's classification references and {@code IMAGENET_DEFAULT_MEAN} of timm.
   */
  public static final Normalize IMAGENET =
      new Normalize(List.of(0.485f, 0.456f, 0.406f), List.of(0.229f, 0.224f, 0.225f));

  /** Values in -1 to 1; timm's {@code IMAGENET_INCEPTION_MEAN}. */
  public static final Normalize SYMMETRIC =
      new Normalize(List.of(0.5f, 0.5f, 0.5f), List.of(0.5f, 0.5f, 0.5f));

  /** Those of CLIP; {@code OPENAI_CLIP_MEAN} of timm and transformers. */
  public static final Normalize CLIP =
      new Normalize(
          List.of(0.48145467f, 0.4578275f, 0.40821072f),
          List.of(0.26862955f, 0.2613026f, 0.2757771f));

  /** Values in 0 to 1, not shifted. */
  public static final Normalize UNIT = new Normalize(List.of(0f, 0f, 0f), List.of(1f, 1f, 1f));

  /**
   * Checks and copies the values.
   *
   * @param mean what is subtracted from red, green and blue, which then lie in 0 to 1
   * @param std what they are divided by, all above 0
   */
  public Normalize {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != 3 || std.size() != 3 || !std.stream().allMatch(s -> s > 0)) {
      throw new IllegalArgumentException(
          "three means and three positive deviations are needed, not " + mean + " and " + std);
    }
  }

  /** The colour that becomes nearly zero, {@code 0xRRGGBB}; timm's border. */
  int meanColor() {
    int color = 0;
    for (float m : mean) {
      color = color << 8 | Math.max(0, Math.min(255, (int) Math.rint(255.0 * m)));
    }
    return color;
  }

  /**
   * Normalizes one image.
   *
   * @param image the pixels
   * @param manager the manager that the array is attached to
   * @return a float32 array (3, H, W), in the order red, green, blue
   */
  public NDArray toArray(Pixels image, NDManager manager) {
    Shape shape = new Shape(3, image.height(), image.width());
    return manager.create(FloatBuffer.wrap(toFloats(image)), shape);
  }

  /**
   * Normalizes one image.
   *
   * @param image the pixels
   * @return {@code 3 * height * width} values: all of red, then green, then blue, row by row
   */
  public float[] toFloats(Pixels image) {
    byte[] rgb = image.rgb();
    int plane = rgb.length / 3;
    float[] values = new float[rgb.length];
    float[] table = new float[256];
    for (int c = 0; c < 3; c++) {
      for (int v = 0; v < 256; v++) {
        table[v] = (v / 255f - mean.get(c)) / std.get(c);
      }
      for (int i = 0, at = c; i < plane; i++, at += 3) {
        values[c * plane + i] = table[rgb[at] & 0xFF];
      }
    }
    return values;
  }
}
