package dev.fovea.weights;

import static dev.fovea.weights.Rule.drop;
import static dev.fovea.weights.Rule.rename;
import static dev.fovea.weights.Rule.reshape;
import static dev.fovea.weights.Rule.split;

import java.util.List;
import java.util.stream.Stream;

/** Dialects of two families, in the form in which a model states them. */
final class PublishedDialects {
  private PublishedDialects() {}

  // SegFormer and Mix Transformer. Our names are those of the Hugging Face hub; NVlabs counts
  // stages from 1 and keeps key and value in one matrix (NVlabs/SegFormer, mix_transformer.py).

  static final List<Rule> NVLABS_ENCODER =
      List.of(
          rename("patch_embed{i+1}.proj.{*}", "encoder.patch_embeddings.{i}.proj.{*}"),
          rename("patch_embed{i+1}.norm.{*}", "encoder.patch_embeddings.{i}.layer_norm.{*}"),
          rename("block{i+1}.{b}.norm{n}.{*}", "encoder.block.{i}.{b}.layer_norm_{n}.{*}"),
          rename("block{i+1}.{b}.attn.q.{*}", "encoder.block.{i}.{b}.attention.self.query.{*}"),
          split(
              "block{i+1}.{b}.attn.kv.{*}",
              "encoder.block.{i}.{b}.attention.self.key.{*}",
              "encoder.block.{i}.{b}.attention.self.value.{*}"),
          rename("block{i+1}.{b}.attn.sr.{*}", "encoder.block.{i}.{b}.attention.self.sr.{*}"),
          rename(
              "block{i+1}.{b}.attn.norm.{*}",
              "encoder.block.{i}.{b}.attention.self.layer_norm.{*}"),
          rename(
              "block{i+1}.{b}.attn.proj.{*}", "encoder.block.{i}.{b}.attention.output.dense.{*}"),
          rename("block{i+1}.{b}.mlp.fc{n}.{*}", "encoder.block.{i}.{b}.mlp.dense{n}.{*}"),
          rename("block{i+1}.{b}.mlp.dwconv.{*}", "encoder.block.{i}.{b}.mlp.dwconv.{*}"),
          rename("norm{i+1}.{*}", "encoder.layer_norm.{i}.{*}"));

  static final Dialect SEGFORMER_HUGGINGFACE = Dialect.of("huggingface");

  static final Dialect SEGFORMER_NVLABS =
      Dialect.of(
              "nvlabs",
              drop("decode_head.conv_seg.{*}"), // the base class's head, never used
              rename("decode_head.linear_c{i+1}.proj.{*}", "decode_head.linear_c.{i}.proj.{*}"),
              rename("decode_head.linear_fuse.conv.{*}", "decode_head.linear_fuse.{*}"),
              rename("decode_head.linear_fuse.bn.{*}", "decode_head.batch_norm.{*}"),
              rename("decode_head.linear_pred.{*}", "decode_head.classifier.{*}"))
          .and(NVLABS_ENCODER.stream().map(r -> r.under("backbone.", "segformer.")).toList());

  static final Dialect MIT_HUGGINGFACE =
      Dialect.of("huggingface", rename("segformer.encoder.{*}", "encoder.{*}"));

  static final Dialect MIT_NVLABS =
      Dialect.of("nvlabs", rename("head.{*}", "classifier.{*}")).and(NVLABS_ENCODER);

  // ConvNeXt V1 and V2. Our names are those of timm, where it has matrices in the blocks.

  static final Dialect CONVNEXT_TIMM = Dialect.of("timm");

  /** timm's atto to nano have 1x1 convolutions in place of the blocks' linear layers. */
  static final Dialect CONVNEXT_TIMM_CONV_MLP =
      Dialect.of(
          "timm",
          reshape(
              "stages.{s}.blocks.{b}.mlp.fc{n}.weight",
              "O I 1 1",
              "stages.{s}.blocks.{b}.mlp.fc{n}.weight",
              "O I"));

  static final Dialect CONVNEXT_FACEBOOK =
      Dialect.of(
          "facebook",
          rename("downsample_layers.0.{n}.{*}", "stem.{n}.{*}"),
          rename("downsample_layers.{s}.{n}.{*}", "stages.{s}.downsample.{n}.{*}"),
          rename("stages.{s}.{b}.dwconv.{*}", "stages.{s}.blocks.{b}.conv_dw.{*}"),
          rename("stages.{s}.{b}.pwconv{n}.{*}", "stages.{s}.blocks.{b}.mlp.fc{n}.{*}"),
          grn("stages.{s}.{b}.grn.gamma", "weight"),
          grn("stages.{s}.{b}.grn.beta", "bias"),
          rename("stages.{s}.{b}.norm.{*}", "stages.{s}.blocks.{b}.norm.{*}"),
          rename("stages.{s}.{b}.gamma", "stages.{s}.blocks.{b}.gamma"),
          rename("norm.{*}", "head.norm.{*}"),
          rename("head.{*}", "head.fc.{*}"));

  /** The prefix is {@code convnext.} or {@code convnextv2.}, with the version. */
  static Dialect convNextHuggingFace(String prefix) {
    Stream<Rule> body =
        Stream.of(
            rename("embeddings.patch_embeddings.{*}", "stem.0.{*}"),
            rename("embeddings.layernorm.{*}", "stem.1.{*}"),
            rename(
                "encoder.stages.{s}.downsampling_layer.{n}.{*}", "stages.{s}.downsample.{n}.{*}"),
            rename("encoder.stages.{s}.layers.{b}.dwconv.{*}", "stages.{s}.blocks.{b}.conv_dw.{*}"),
            rename("encoder.stages.{s}.layers.{b}.layernorm.{*}", "stages.{s}.blocks.{b}.norm.{*}"),
            rename(
                "encoder.stages.{s}.layers.{b}.pwconv{n}.{*}",
                "stages.{s}.blocks.{b}.mlp.fc{n}.{*}"),
            grn("encoder.stages.{s}.layers.{b}.grn.weight", "weight"),
            grn("encoder.stages.{s}.layers.{b}.grn.bias", "bias"),
            rename(
                "encoder.stages.{s}.layers.{b}.layer_scale_parameter",
                "stages.{s}.blocks.{b}.gamma"),
            rename("layernorm.{*}", "head.norm.{*}"));
    return Dialect.of("huggingface", rename("classifier.{*}", "head.fc.{*}"))
        .and(body.map(r -> r.under(prefix, "")).toList());
  }

  private static Rule grn(String file, String own) {
    return reshape(file, "1 1 1 C", "stages.{s}.blocks.{b}.mlp.grn." + own, "C");
  }
}
