package dev.fovea.image;

import java.io.Serializable;

/**
 * Makes reconstruction translators: of the arguments of all image translators ({@link
 * Translators}), and {@code normalizedTargets} (true, as the published networks but two).
 */
public final class ReconstructionTranslatorFactory extends ImageTranslatorFactory<Reconstruction>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Creates a factory; DJL does it by name. */
  public ReconstructionTranslatorFactory() {}

  /**
   * What the translators give.
   *
   * @return the type
   */
  @Override
  public Class<Reconstruction> getBaseOutputType() {
    return Reconstruction.class;
  }

  @Override
  ReconstructionTranslator make(TranslatorArguments arguments) {
    return new ReconstructionTranslator(
        arguments.preprocess(), arguments.flag("normalizedTargets", true));
  }
}
