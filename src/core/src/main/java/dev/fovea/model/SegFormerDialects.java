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

  private static Rule block(String file, String own) {
    return Rule.rename(file, own).under("block{i+1}.{b}.", "encoder.block.{i}.{b}.");
  }

  private static Rule head(String file, String own) {
    return Rule.rename(file, own).under("decode_head.", "decode_head.");
  }
}
