package dev.fovea.image;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/**
 * Shows what a masked autoencoder paints where it does not see.
 *
 * <pre>
 * image -> Preprocess -> model: (B, 3, S, S) -> patches (B, N, p * p * 3), mask (B, N)
 * patches -> (normalized targets: * deviation + mean of the true patch) -> * std + mean -> 8 bit
 * </pre>
 *
 * <p>As the authors' demonstration ({@code mae_visualize.ipynb}) does it. A network that was
 * trained on normalized patches does not know their brightness and contrast; these are taken from
 * the image.
 */
public final class ReconstructionTranslator extends ImageTranslator<Reconstruction> {
  private static final double EPS = 1e-6; // of the variance, as forward_loss of models_mae.py
  private static final int GREY = 128;

  private final boolean normalizedTargets;

  /**
   * Creates a translator.
   *
   * @param preprocess what happens to images before the model; gives all images one square size
   * @param normalizedTargets whether the network was trained to paint patches with mean 0 and
   *     variance 1
   */
  public ReconstructionTranslator(Preprocess preprocess, boolean normalizedTargets) {
    super(preprocess);
    Shape shape = preprocess.inputShape().orElse(new Shape(3, 0, 1));
    if (shape.get(1) != shape.get(2)) {
      throw new IllegalArgumentException(
          "a masked autoencoder takes images of one square size; " + preprocess + " gives others");
    }
    this.normalizedTargets = normalizedTargets;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the output is not patches and a mask of the image
   */
  @Override
  protected Reconstruction result(NDList output, Seen seen) {
    int side = seen.input().width();
    int grid = output.size() == 2 ? (int) Math.round(Math.sqrt((double) output.get(1).size())) : 0;
    int patch = grid > 0 ? side / grid : 0;
    Shape expected = new Shape((long) grid * grid, 3L * patch * patch);
    if (grid == 0
        || patch * grid != side
        || !output.get(0).getShape().equals(expected)
        || output.get(1).size() != (long) grid * grid) {
      throw new IllegalArgumentException(
          "the model's output "
              + output.getShapes().length
              + " arrays "
              + List.of(output.getShapes())
              + " is not the patches (N, p * p * 3) and the mask (N) of a masked autoencoder");
    }
    float[] painted = floats(output.get(0));
    float[] mask = floats(output.get(1));
    byte[] masked = seen.input().rgb().clone();
    byte[] result = seen.input().rgb().clone();
    int removed = 0;
    for (int n = 0; n < mask.length; n++) {
      if (mask[n] != 0) {
        removed++;
        paint(painted, n, n / grid * patch, n % grid * patch, patch, side, masked, result);
      }
    }
    return new Reconstruction(
        seen.input(),
        new Pixels(side, side, masked),
        new Pixels(side, side, result),
        (double) removed / mask.length);
  }

  /** Paints patch n, whose upper left corner is at (top, left), in both images. */
  private void paint(
      float[] painted, int n, int top, int left, int patch, int side, byte[] masked, byte[] out) {
    int length = 3 * patch * patch;
    float[] mean = new float[3];
    float[] std = new float[3];
    for (int c = 0; c < 3; c++) {
      mean[c] = preprocess().normalize().mean().get(c);
      std[c] = preprocess().normalize().std().get(c);
    }
    double shift = 0;
    double scale = 1;
    if (normalizedTargets) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < length; i++) {
        int at = position(i, top, left, patch, side);
        double v = ((out[at] & 0xFF) / 255.0 - mean[i % 3]) / std[i % 3];
        sum += v;
        squares += v * v;
      }
      shift = sum / length;
      scale = Math.sqrt((squares - sum * shift) / (length - 1) + EPS); // unbiased
    }
    for (int i = 0; i < length; i++) {
      int at = position(i, top, left, patch, side);
      double v = painted[n * length + i] * scale + shift;
      double level = (v * std[i % 3] + mean[i % 3]) * 255;
      out[at] = (byte) Math.max(0, Math.min(255, (int) level)); // cut off, as the notebook does
      masked[at] = (byte) GREY;
    }
  }

  /** Where value i of a patch (rows, then columns, then channels) lies in an image. */
  private static int position(int i, int top, int left, int patch, int side) {
    int row = top + i / (3 * patch);
    return 3 * (row * side + left) + i % (3 * patch);
  }

  private static float[] floats(NDArray array) {
    return array.toType(DataType.FLOAT32, false).toFloatArray();
  }
}
