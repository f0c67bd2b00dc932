package dev.fovea.model;

import dev.fovea.weights.Dialect;
import dev.fovea.weights.Rule;
import java.util.List;

/** How published ConvNeXt and ConvNeXt V2 weights are named; the library's own names are timm's. */
final class ConvNeXtDialects {

  private ConvNeXtDialects() {}

  /** The files of timm, of every size. */
  static final Dialect TIMM =
      Dialect.of(
          "timm",
          Rule.reshape("{*block}.mlp.fc{i}.weight", "O I 1 1", "{*block}.mlp.fc{i}.weight", "O I"));

  private static final Dialect TIMM_MATRICES = Dialect.of("timm");
  private static final int FIRST_WITH_MATRICES = 96;

  /** timm keeps the MLP of its four small sizes, atto to nano, as 1 x 1 convolutions. */
  static Dialect timm(ConvNeXt.Config config) {
    return config.dims().get(0) < FIRST_WITH_MATRICES ? TIMM : TIMM_MATRICES;
  }

  /**
   * The authors' files of the pre-training of the second version, whose convolutions were sparse
   * ({@code remap_checkpoint_keys} of their {@code utils.py}). The decoder is left out.
   */
  static final Dialect FCMAE =
      Dialect.of(
          "fcmae",
          Rule.drop("decoder.{*}"),
          Rule.drop("proj.{*}"),
          Rule.drop("pred.{*}"),
          Rule.drop("mask_token"),
          Rule.rename("encoder.downsample_layers.0.{i}.{*}", "stem.{i}.{*}"),
          Rule.rename("encoder.downsample_layers.{s}.0.ln.{*}", "stages.{s}.downsample.0.{*}"),
          Rule.sparseKernel(
              "encoder.downsample_layers.{s}.1.kernel", "stages.{s}.downsample.1.weight"),
          Rule.reshape(
              "encoder.downsample_layers.{s}.1.bias", "1 C", "stages.{s}.downsample.1.bias", "C"),
          sparse(Rule.sparseKernel("dwconv.kernel", "conv_dw.weight")),
          sparse(Rule.reshape("dwconv.bias", "1 C", "conv_dw.bias", "C")),
          sparse(Rule.rename("norm.ln.{*}", "norm.{*}")),
          sparse(Rule.rename("pwconv{i}.linear.{*}", "mlp.fc{i}.{*}")),
          sparse(Rule.reshape("grn.gamma", "1 C", "mlp.grn.weight", "C")),
          sparse(Rule.reshape("grn.beta", "1 C", "mlp.grn.bias", "C")));

  private static Rule sparse(Rule rule) {
    return rule.under("encoder.stages.{s}.{b}.", "stages.{s}.blocks.{b}.");
  }

  /** The authors' files, below their key "model". */
  static final Dialect FACEBOOK =
      Dialect.of(
          "facebook",
          Rule.rename("downsample_layers.0.{i}.{*}", "stem.{i}.{*}"),
          Rule.rename("downsample_layers.{s}.{i}.{*}", "stages.{s}.downsample.{i}.{*}"),
          Rule.rename("stages.{s}.{b}.gamma", "stages.{s}.blocks.{b}.gamma"),
          Rule.rename("stages.{s}.{b}.dwconv.{*}", "stages.{s}.blocks.{b}.conv_dw.{*}"),
          Rule.rename("stages.{s}.{b}.norm.{*}", "stages.{s}.blocks.{b}.norm.{*}"),
          Rule.rename("stages.{s}.{b}.pwconv{i}.{*}", "stages.{s}.blocks.{b}.mlp.fc{i}.{*}"),
          responseNorm("grn.gamma", "weight").under("stages.{s}.{b}.", "stages.{s}.blocks.{b}."),
          responseNorm("grn.beta", "bias").under("stages.{s}.{b}.", "stages.{s}.blocks.{b}."),
          Rule.rename("norm.{*}", "head.norm.{*}"),
          Rule.rename("head.{*}", "head.fc.{*}"));

  /** The files of the hub. */
  static final Dialect HUGGING_FACE = huggingFace("convnext.");

  /** The files of the hub for the second version. */
  static final Dialect HUGGING_FACE_V2 = huggingFace("convnextv2.");

  /** Files of a network with a head have a prefix, those of {@code ConvNext(V2)Model} have none. */
  private static Dialect huggingFace(String prefix) {
    List<Rule> body = huggingFaceBody();
    return Dialect.of("huggingface", Rule.rename("classifier.{*}", "head.fc.{*}"))
        .and(body.stream().map(rule -> rule.under(prefix, "")).toList())
        .and(body);
  }

  private static List<Rule> huggingFaceBody() {
    String stage = "encoder.stages.{s}.";
    String block = stage + "layers.{b}.";
    return List.of(
        Rule.rename("embeddings.patch_embeddings.{*}", "stem.0.{*}"),
        Rule.rename("embeddings.layernorm.{*}", "stem.1.{*}"),
        Rule.rename(stage + "downsampling_layer.{i}.{*}", "stages.{s}.downsample.{i}.{*}"),
        Rule.rename(block + "layer_scale_parameter", "stages.{s}.blocks.{b}.gamma"),
        Rule.rename(block + "dwconv.{*}", "stages.{s}.blocks.{b}.conv_dw.{*}"),
        Rule.rename(block + "layernorm.{*}", "stages.{s}.blocks.{b}.norm.{*}"),
        Rule.rename(block + "pwconv{i}.{*}", "stages.{s}.blocks.{b}.mlp.fc{i}.{*}"),
        responseNorm("grn.weight", "weight").under(block, "stages.{s}.blocks.{b}."),
        responseNorm("grn.bias", "bias").under(block, "stages.{s}.blocks.{b}."),
        Rule.rename("layernorm.{*}", "head.norm.{*}"));
  }

  private static Rule responseNorm(String file, String own) {
    return Rule.reshape(file, "1 1 1 C", "mlp.grn." + own, "C");
  }
}
