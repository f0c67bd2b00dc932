package dev.fovea.image;

import ai.djl.ndarray.NDList;

/**
 * Turns images into vectors: the pooled features of a network without a head ({@code classes} 0).
 *
 * <pre>image -> Preprocess -> model: (B, 3, H, W) -> (B, D) -> float[D]</pre>
 */
public final class EmbeddingTranslator extends ImageTranslator<float[]> {
  private final boolean unitLength;

  /**
   * Creates a translator.
   *
   * @param preprocess what happens to images before the model
   * @param unitLength whether vectors are divided by their length, so that their dot product is the
   *     cosine
   */
  public EmbeddingTranslator(Preprocess preprocess, boolean unitLength) {
    super(preprocess);
    this.unitLength = unitLength;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the output is not one vector, or not finite
   */
  @Override
  protected float[] result(NDList output, Seen seen) {
    double[] values = ClassificationTranslator.values(output.head(), "features");
    double square = 0;
    for (double v : values) {
      square += v * v;
    }
    double divisor = unitLength && square > 0 ? Math.sqrt(square) : 1;
    float[] vector = new float[values.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (values[i] / divisor);
    }
    return vector;
  }
}
