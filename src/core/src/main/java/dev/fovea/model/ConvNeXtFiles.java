package dev.fovea.model;

import dev.fovea.backbone.ConfigFields;
import dev.fovea.backbone.Family;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How files beside the weights describe a ConvNeXt, of the first version and the second. */
final class ConvNeXtFiles {

  private static final Pattern TIMM =
      Pattern.compile("convnext(v2)?_(atto|femto|pico|nano|tiny|small|base|large|xlarge|huge)");

  private ConvNeXtFiles() {}

  /** {@code ConvNextConfig} of transformers. */
  static Optional<ConvNeXt.Config> huggingFace(ConfigFields file) throws IOException {
    return huggingFace(
        file, "convnext", "ConvNext", file.number("layer_scale_init_value", 1e-6), false);
  }

  /** {@code ConvNextV2Config} of transformers. */
  static Optional<ConvNeXt.Config> huggingFaceV2(ConfigFields file) throws IOException {
    return huggingFace(file, "convnextv2", "ConvNextV2", 0, true);
  }

  private static Optional<ConvNeXt.Config> huggingFace(
      ConfigFields file, String type, String name, double layerScale, boolean responseNorm)
      throws IOException {
    String classifier = name + TransformersFile.CLASSIFIER;
    if (!TransformersFile.is(file, type, classifier, name + "Model")) {
      return Optional.empty();
    }
    file.expect("patch_size", 4);
    file.expect("num_stages", 4);
    file.expect("hidden_act", "gelu");
    return Optional.of(
        new ConvNeXt.Config(
            TransformersFile.stages(file, "depths", List.of(3, 3, 9, 3)),
            TransformersFile.stages(file, "hidden_sizes", List.of(96, 192, 384, 768)),
            TransformersFile.classes(file),
            file.number("drop_path_rate", 0),
            layerScale,
            responseNorm,
            file.number("layer_norm_eps", 1e-12),
            file.integer("num_channels", 3),
            true));
  }

  /** timm's names of the first version's architectures. */
  static Optional<ConvNeXt.Config> timm(ConfigFields file) throws IOException {
    return timm(file, ConvNeXt.FAMILY);
  }

  /** timm's names of the second version's architectures. */
  static Optional<ConvNeXt.Config> timmV2(ConfigFields file) throws IOException {
    return timm(file, ConvNeXtV2.FAMILY);
  }

  private static Optional<ConvNeXt.Config> timm(ConfigFields file, Family<ConvNeXt.Config> family)
      throws IOException {
    Matcher architecture = TimmFile.architecture(file, TIMM);
    Optional<ConvNeXt.Config> preset =
        architecture.matches() ? family.preset(architecture.group()) : Optional.empty();
    if (preset.isEmpty()) {
      return Optional.empty();
    }
    ConvNeXt.Config base = preset.get();
    TimmFile timm = new TimmFile(file);
    if (!timm.pool("avg").equals("avg")) {
      throw file.fault("global_pool", "only \"avg\" is supported");
    }
    timm.expect("use_grn", base.responseNorm())
        .expect("patch_size", 4)
        .expect("output_stride", 32)
        .expect("kernel_sizes", 7)
        .expect("stem_type", "patch")
        .expect("head_norm_first", false)
        .expect("act_layer", "gelu")
        .expect("conv_bias", true);
    timm.accept("conv_mlp"); // another layout of the same matrices
    double layerScale = timm.number("ls_init_value", base.layerScale());
    ConvNeXt.Config config =
        new ConvNeXt.Config(
            timm.stages("depths", base.depths()),
            timm.stages("dims", base.dims()),
            timm.classes(1000),
            base.dropPath(),
            layerScale,
            base.responseNorm(),
            timm.number("norm_eps", base.headEps()),
            timm.channels(),
            true);
    timm.finish();
    boolean pretraining = timm.pretrained().text("tag", "").equals("fcmae"); // has no last norm
    return Optional.of(pretraining ? config.asBackbone() : config);
  }
}
