package dev.fovea.model;

import dev.fovea.backbone.Family;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * ConvNeXt V2: {@link ConvNeXt} with {@link dev.fovea.nn.GlobalResponseNorm} after the GELU of
 * every block in place of the learned scale, so that it can be pre-trained by masking.
 *
 * <p>Woo et al., "ConvNeXt V2: Co-designing and Scaling ConvNets with Masked Autoencoders", CVPR
 * 2023, <a href="https://arxiv.org/abs/2301.00808">arXiv:2301.00808</a>, Sec. 4 and Appendix A.1.
 * Parameter paths are those of timm's {@code convnextv2_*}. The authors' files of the pre-training
 * itself, dialect {@code fcmae}, hold no head and no norm before it: they load into a network as
 * {@link ConvNeXt.Config#asBackbone} describes it.
 */
public final class ConvNeXtV2 {

  private ConvNeXtV2() {}

  /** ConvNeXt V2-A. */
  public static final ConvNeXt.Config ATTO = of(List.of(2, 2, 6, 2), 40);

  /** ConvNeXt V2-F. */
  public static final ConvNeXt.Config FEMTO = of(List.of(2, 2, 6, 2), 48);

  /** ConvNeXt V2-P. */
  public static final ConvNeXt.Config PICO = of(List.of(2, 2, 6, 2), 64);

  /** ConvNeXt V2-N. */
  public static final ConvNeXt.Config NANO = of(List.of(2, 2, 8, 2), 80);

  /** ConvNeXt V2-T. */
  public static final ConvNeXt.Config TINY = of(List.of(3, 3, 9, 3), 96);

  /** ConvNeXt V2-B. */
  public static final ConvNeXt.Config BASE = of(List.of(3, 3, 27, 3), 128);

  /** ConvNeXt V2-L. */
  public static final ConvNeXt.Config LARGE = of(List.of(3, 3, 27, 3), 192);

  /** ConvNeXt V2-H. */
  public static final ConvNeXt.Config HUGE = of(List.of(3, 3, 27, 3), 352);

  private static ConvNeXt.Config of(List<Integer> depths, int dim) {
    List<Integer> dims = List.of(dim, 2 * dim, 4 * dim, 8 * dim);
    return new ConvNeXt.Config(depths, dims, 1000, 0, 0, true, 1e-6);
  }

  /** The registry's entry. Hugging Face's code takes another epsilon for the last norm alone. */
  public static final Family<ConvNeXt.Config> FAMILY =
      new Family<>(
          "convnextv2",
          List.of(
              new Family.Preset<>("convnextv2_atto", ATTO),
              new Family.Preset<>("convnextv2_femto", FEMTO),
              new Family.Preset<>("convnextv2_pico", PICO),
              new Family.Preset<>("convnextv2_nano", NANO),
              new Family.Preset<>("convnextv2_tiny", TINY),
              new Family.Preset<>("convnextv2_base", BASE),
              new Family.Preset<>("convnextv2_large", LARGE),
              new Family.Preset<>("convnextv2_huge", HUGE)),
          List.of(
              new Family.Published<ConvNeXt.Config>(
                      ConvNeXtDialects.TIMM, UnaryOperator.identity(), ConvNeXtDialects::timm)
                  .describedBy(ConvNeXtFiles::timmV2),
              new Family.Published<>(ConvNeXtDialects.FACEBOOK),
              new Family.Published<ConvNeXt.Config>(
                      ConvNeXtDialects.HUGGING_FACE_V2, config -> config.withHeadEps(1e-12))
                  .describedBy(ConvNeXtFiles::huggingFaceV2),
              new Family.Published<>(ConvNeXtDialects.FCMAE, ConvNeXt.Config::asBackbone)));
}
