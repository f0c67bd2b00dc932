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

  /** The files of the authors of MAE, below their key "model". */
  static final Dialect FACEBOOK = Dialect.of("facebook");

  private static final List<Rule> HUGGING_FACE_ENCODER =
      Stream.concat(
              Stream.of(
                  Rule.rename("vit.embeddings.cls_token", "cls_token"),
                  Rule.rename("vit.embeddings.position_embeddings", "pos_embed"),
                  Rule.rename(
                      "vit.embeddings.patch_embeddings.projection.{*}", "patch_embed.proj.{*}"),
                  Rule.rename("vit.layernorm.{*}", "norm.{*}")),
              blocks("vit.encoder.layer.{b}.", "blocks.{b}."))
          .toList();

  /** The files of the hub. Those of in21k hold a pooler, which no classifier uses. */
  static final Dialect HUGGING_FACE =
      Dialect.of(
              "huggingface", Rule.rename("classifier.{*}", "head.{*}"), Rule.drop("vit.pooler.{*}"))
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
          .and(HUGGING_FACE_ENCODER);

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
