package dev.fovea.model;

import dev.fovea.weights.Dialect;
import dev.fovea.weights.Rule;
import java.util.List;
import java.util.stream.Stream;

/**
 * How published weights of {@link VisionTransformer} and {@link MaskedAutoencoder} are named; the
 * library's own names are those of timm and of the latter's authors, which agree.
 */
final class VisionTransformerDialects {

  private VisionTransformerDialects() {}

  /** The files of timm. */
  static final Dialect TIMM = Dialect.of("timm");

  /**
   * The files of the authors of MAE, below their key "model". A network that classifies leaves out
   * the decoder of those of the pre-training.
   */
  static final Dialect FACEBOOK =
      Dialect.of(
          "facebook",
          Rule.drop("mask_token"),
          Rule.drop("decoder_pos_embed"),
          Rule.drop("decoder_embed.{*}"),
          Rule.drop("decoder_blocks.{*}"),
          Rule.drop("decoder_norm.{*}"),
          Rule.drop("decoder_pred.{*}"));

  /** The files of the authors for the whole of MAE. */
  static final Dialect MAE_FACEBOOK = Dialect.of("facebook");

  private static final List<Rule> HUGGING_FACE_ENCODER =
      Stream.concat(
              Stream.of(
                  Rule.rename("embeddings.cls_token", "cls_token"),
                  Rule.rename("embeddings.position_embeddings", "pos_embed"),
                  Rule.rename("embeddings.patch_embeddings.projection.{*}", "patch_embed.proj.{*}"),
                  Rule.rename("layernorm.{*}", "norm.{*}")),
              blocks("encoder.layer.{b}.", "blocks.{b}."))
          .toList();

  private static final List<Rule> HUGGING_FACE_VIT =
      HUGGING_FACE_ENCODER.stream().map(rule -> rule.under("vit.", "")).toList();

  /**
   * The files of the hub: of a network with a head with a prefix, of {@code ViTModel} and {@code
   * ViTMAEModel} without. Some of the latter, those of in21k, hold a pooler, which no classifier
   * uses; files of the pre-training of MAE hold a decoder.
   */
  static final Dialect HUGGING_FACE =
      Dialect.of(
              "huggingface",
              Rule.rename("classifier.{*}", "head.{*}"),
              Rule.drop("vit.pooler.{*}"),
              Rule.drop("pooler.{*}"),
              Rule.drop("decoder.{*}"))
          .and(HUGGING_FACE_VIT)
          .and(HUGGING_FACE_ENCODER);

  /** The files of the hub for MAE. */
  static final Dialect MAE_HUGGING_FACE =
      Dialect.of(
              "huggingface",
              Rule.rename("decoder.mask_token", "mask_token"),
              Rule.rename("decoder.decoder_pos_embed", "decoder_pos_embed"),
              Rule.rename("decoder.decoder_embed.{*}", "decoder_embed.{*}"),
              Rule.rename("decoder.decoder_norm.{*}", "decoder_norm.{*}"),
              Rule.rename("decoder.decoder_pred.{*}", "decoder_pred.{*}"))
          .and(blocks("decoder.decoder_layers.{b}.", "decoder_blocks.{b}.").toList())
          .and(HUGGING_FACE_VIT);

  /** Queries, keys and values are three matrices on the hub. */
  private static Stream<Rule> blocks(String file, String own) {
    return Stream.of(
            Rule.merge(
                List.of(
                    "attention.attention.query.{*}",
                    "attention.attention.key.{*}",
                    "attention.attention.value.{*}"),
                "attn.qkv.{*}"),
            Rule.rename("attention.output.dense.{*}", "attn.proj.{*}"),
            Rule.rename("layernorm_before.{*}", "norm1.{*}"),
            Rule.rename("layernorm_after.{*}", "norm2.{*}"),
            Rule.rename("intermediate.dense.{*}", "mlp.fc1.{*}"),
            Rule.rename("output.dense.{*}", "mlp.fc2.{*}"))
        .map(rule -> rule.under(file, own));
  }
}
