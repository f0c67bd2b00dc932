package dev.fovea.image;

import ai.djl.modality.cv.output.CategoryMask;
import java.io.Serializable;

/**
 * Makes segmentation translators: of the arguments of all image translators ({@link Translators}),
 * and {@code synset}, {@code synsetFileName}, {@code synsetUrl}.
 */
public final class SegmentationTranslatorFactory extends ImageTranslatorFactory<CategoryMask>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Creates a factory; DJL does it by name. */
  public SegmentationTranslatorFactory() {}

  /**
   * What the translators give.
   *
   * @return the type
   */
  @Override
  public Class<CategoryMask> getBaseOutputType() {
    return CategoryMask.class;
  }

  @Override
  SegmentationTranslator make(TranslatorArguments arguments) {
    return SegmentationTranslator.builder(arguments.classes())
        .optPreprocess(arguments.preprocess())
        .build();
  }
}
