package dev.fovea.image;

import ai.djl.modality.Classifications;
import java.io.Serializable;

/**
 * Makes classification translators: of the arguments of all image translators ({@link
 * Translators}), and {@code synset}, {@code synsetFileName}, {@code synsetUrl}, {@code
 * applySoftmax} (true unless told otherwise) and {@code topK} (5).
 */
public final class ClassificationTranslatorFactory extends ImageTranslatorFactory<Classifications>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Creates a factory; DJL does it by name. */
  public ClassificationTranslatorFactory() {}

  /**
   * What the translators give.
   *
   * @return the type
   */
  @Override
  public Class<Classifications> getBaseOutputType() {
    return Classifications.class;
  }

  @Override
  ClassificationTranslator make(TranslatorArguments arguments) {
    return new ClassificationTranslator(
        arguments.preprocess(),
        arguments.classes(),
        arguments.flag("applySoftmax", true),
        arguments.integer("topK", 5));
  }
}
