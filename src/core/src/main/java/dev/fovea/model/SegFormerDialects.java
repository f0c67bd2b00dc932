package dev.fovea.model;

import dev.fovea.weights.Dialect;
import dev.fovea.weights.Rule;
import java.util.ArrayList;
import java.util.List;

/**
 * How published SegFormer and Mix Transformer weights are named; the library's own names are those
 * of the Hugging Face hub.
 */
final class SegFormerDialects {

  private SegFormerDialects() {}

  /** NVlabs' names of the encoder: stages count from 1, keys and values are one matrix. */
  private static final List<Rule> NVLABS_ENCODER =
      List.of(
          Rule.rename("patch_embed{i+1}.proj.{*}", "encoder.patch_embeddings.{i}.proj.{*}"),
          Rule.rename("patch_embed{i+1}.norm.{*}", "encoder.patch_embeddings.{i}.layer_norm.{*}"),
          block("norm1.{*}", "layer_norm_1.{*}"),
          block("norm2.{*}", "layer_norm_2.{*}"),
          block("attn.q.{*}", "attention.self.query.{*}"),
          Rule.split("attn.kv.{*}", "attention.self.key.{*}", "attention.self.value.{*}")
              .under("block{i+1}.{b}.", "encoder.block.{i}.{b}."),
          block("attn.sr.{*}", "attention.self.sr.{*}"),
          block("attn.norm.{*}", "attention.self.layer_norm.{*}"),
          block("attn.proj.{*}", "attention.output.dense.{*}"),
          block("mlp.fc1.{*}", "mlp.dense1.{*}"),
          block("mlp.dwconv.{*}", "mlp.dwconv.{*}"),
          block("mlp.fc2.{*}", "mlp.dense2.{*}"),
          Rule.rename("norm{i+1}.{*}", "encoder.layer_norm.{i}.{*}"));

  /** The encoder's files of the hub. */
  static final Dialect ENCODER_HUGGING_FACE =
      Dialect.of("huggingface", Rule.rename("segformer.encoder.{*}", "encoder.{*}"));

  /** The encoder's files of the authors. */
  static final Dialect ENCODER_NVLABS =
      Dialect.of("nvlabs", Rule.rename("head.{*}", "classifier.{*}")).and(NVLABS_ENCODER);

  /**
   * mmsegmentation 1.x ({@code tools/model_converters/mit2mmseg.py}, {@code backbones/mit.py}): a
   * stage is a list of patches, blocks and norm; attention is torch's, the MLP 1 x 1 convolutions.
   */
  private static final List<Rule> MMSEG_ENCODER =
      List.of(
          Rule.rename("layers.{i}.0.projection.{*}", "encoder.patch_embeddings.{i}.proj.{*}"),
          Rule.rename("layers.{i}.0.norm.{*}", "encoder.patch_embeddings.{i}.layer_norm.{*}"),
          mmsegBlock(Rule.rename("norm1.{*}", "layer_norm_1.{*}")),
          mmsegBlock(Rule.rename("norm2.{*}", "layer_norm_2.{*}")),
          mmsegBlock(
              Rule.split(
                  "attn.attn.in_proj_{p}",
                  "attention.self.query.{p}",
                  "attention.self.key.{p}",
                  "attention.self.value.{p}")),
          mmsegBlock(Rule.rename("attn.attn.out_proj.{*}", "attention.output.dense.{*}")),
          mmsegBlock(Rule.rename("attn.sr.{*}", "attention.self.sr.{*}")),
          mmsegBlock(Rule.rename("attn.norm.{*}", "attention.self.layer_norm.{*}")),
          mmsegBlock(Rule.reshape("ffn.layers.0.weight", "O I 1 1", "mlp.dense1.weight", "O I")),
          mmsegBlock(Rule.rename("ffn.layers.0.bias", "mlp.dense1.bias")),
          mmsegBlock(Rule.rename("ffn.layers.1.{*}", "mlp.dwconv.dwconv.{*}")),
          mmsegBlock(Rule.reshape("ffn.layers.4.weight", "O I 1 1", "mlp.dense2.weight", "O I")),
          mmsegBlock(Rule.rename("ffn.layers.4.bias", "mlp.dense2.bias")),
          Rule.rename("layers.{i}.2.{*}", "encoder.layer_norm.{i}.{*}"));

  /** The encoder's files of mmsegmentation, which have no head. */
  static final Dialect ENCODER_MMSEG = new Dialect("mmseg", MMSEG_ENCODER);

  /** The files of mmsegmentation, below their key "state_dict". */
  static final Dialect MMSEG = mmseg();

  /** The files of the hub. */
  static final Dialect HUGGING_FACE = Dialect.of("huggingface");

  /** The files of the authors, below their key "state_dict". */
  static final Dialect NVLABS = nvlabs();

  private static Dialect nvlabs() {
    List<Rule> rules = new ArrayList<>();
    NVLABS_ENCODER.forEach(rule -> rules.add(rule.under("backbone.", "segformer.")));
    rules.add(head("linear_c{i+1}.proj.{*}", "linear_c.{i}.proj.{*}"));
    rules.add(head("linear_fuse.conv.{*}", "linear_fuse.{*}"));
    rules.add(head("linear_fuse.bn.{*}", "batch_norm.{*}"));
    rules.add(head("linear_pred.{*}", "classifier.{*}"));
    rules.add(Rule.drop("decode_head.conv_seg.{*}")); // of a base class; never used
    return new Dialect("nvlabs", rules);
  }

  private static Dialect mmseg() {
    List<Rule> rules = new ArrayList<>();
    MMSEG_ENCODER.forEach(rule -> rules.add(rule.under("backbone.", "segformer.")));
    rules.add(
        head(Rule.reshape("convs.{i}.conv.weight", "O I 1 1", "linear_c.{i}.proj.weight", "O I")));
    rules.add(head("convs.{i}.bn.{*}", "linear_c.{i}.batch_norm.{*}"));
    rules.add(head("fusion_conv.conv.{*}", "linear_fuse.{*}"));
    rules.add(head("fusion_conv.bn.{*}", "batch_norm.{*}"));
    rules.add(head("conv_seg.{*}", "classifier.{*}"));
    rules.add(Rule.drop("auxiliary_head.{*}"));
    return new Dialect("mmseg", rules);
  }

  private static Rule mmsegBlock(Rule rule) {
    return rule.under("layers.{i}.1.{b}.", "encoder.block.{i}.{b}.");
  }

  private static Rule block(String file, String own) {
    return Rule.rename(file, own).under("block{i+1}.{b}.", "encoder.block.{i}.{b}.");
  }

  private static Rule head(String file, String own) {
    return head(Rule.rename(file, own));
  }

  private static Rule head(Rule rule) {
    return rule.under("decode_head.", "decode_head.");
  }
}
