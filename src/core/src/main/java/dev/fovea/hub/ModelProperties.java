package dev.fovea.hub;

import dev.fovea.image.Translators;
import java.util.List;

/**
 * What a model of this library says of itself: the properties of the DJL model, and the metadata of
 * its weight file.
 */
public final class ModelProperties {

  /** The preset, or for other sizes the family. */
  public static final String MODEL = "fovea.model";

  /** The family of networks. */
  public static final String FAMILY = "fovea.family";

  /** All sizes of the network, as {@link dev.fovea.backbone.ConfigJson} writes them. */
  public static final String CONFIG = "fovea.config";

  /** Number of logits; 0: no head. */
  public static final String CLASSES = "fovea.classes";

  /** Where published weights come from: {@code hf://} or {@code https://}, or a file's name. */
  public static final String SOURCE = "fovea.source";

  /** The commit of the repository that the weights come from. */
  public static final String REVISION = "fovea.source.revision";

  /** SHA-256 of the file that the weights come from. */
  public static final String SHA256 = "fovea.source.sha256";

  /** Licence of the weights. */
  public static final String LICENCE = "fovea.licence";

  /** "true" if the licence forbids commercial use; else absent. */
  public static final String NON_COMMERCIAL = "fovea.licence.non-commercial";

  /** What a weight file keeps, in this order. */
  public static final List<String> ALL =
      List.of(
          MODEL,
          FAMILY,
          CLASSES,
          CONFIG,
          Translators.PREPROCESS,
          Translators.LABELS,
          SOURCE,
          REVISION,
          SHA256,
          LICENCE,
          NON_COMMERCIAL);

  /** Those that say where the weights come from. */
  static final List<String> ORIGIN = List.of(SOURCE, REVISION, SHA256, LICENCE, NON_COMMERCIAL);

  private ModelProperties() {}
}
