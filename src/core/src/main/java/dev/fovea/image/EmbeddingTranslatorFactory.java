package dev.fovea.image;

import java.io.Serializable;

/**
 * Makes embedding translators: of the arguments of all image translators ({@link Translators}), and
 * {@code unitLength} (false).
 */
public final class EmbeddingTranslatorFactory extends ImageTranslatorFactory<float[]>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Creates a factory; DJL does it by name. */
  public EmbeddingTranslatorFactory() {}

  /**
   * What the translators give.
   *
   * @return the type
   */
  @Override
  public Class<float[]> getBaseOutputType() {
    return float[].class;
  }

  @Override
  EmbeddingTranslator make(TranslatorArguments arguments) {
    return new EmbeddingTranslator(arguments.preprocess(), arguments.flag("unitLength", false));
  }
}
