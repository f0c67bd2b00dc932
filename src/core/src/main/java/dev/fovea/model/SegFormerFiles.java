package dev.fovea.model;

import dev.fovea.backbone.ConfigFields;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** How files beside the weights describe a SegFormer or its encoder. */
final class SegFormerFiles {

  private static final String TYPE = "segformer";

  private SegFormerFiles() {}

  /** {@code SegformerConfig} of transformers, with the decoder. */
  static Optional<SegFormer.Config> huggingFace(ConfigFields file) throws IOException {
    if (!TransformersFile.is(file, TYPE, "SegformerForSemanticSegmentation")) {
      return Optional.empty();
    }
    return Optional.of(
        new SegFormer.Config(
            sizes(file, 0),
            file.integer("decoder_hidden_size", 256),
            TransformersFile.classes(file)));
  }

  /** {@code SegformerConfig} of transformers, of a classifier or an encoder alone. */
  static Optional<MixTransformer.Config> encoder(ConfigFields file) throws IOException {
    String classifier = "Segformer" + TransformersFile.CLASSIFIER;
    return TransformersFile.is(file, TYPE, classifier, "SegformerModel")
        ? Optional.of(sizes(file, TransformersFile.classes(file)))
        : Optional.empty();
  }

  private static MixTransformer.Config sizes(ConfigFields file, int classes) throws IOException {
    file.expect("num_encoder_blocks", 4);
    file.expect("patch_sizes", List.of(7, 3, 3, 3));
    file.expect("strides", List.of(4, 2, 2, 2));
    file.expect("mlp_ratios", List.of(4, 4, 4, 4));
    file.expect("hidden_act", "gelu");
    file.expect("reshape_last_stage", true);
    MixTransformer.Config config =
        new MixTransformer.Config(
            TransformersFile.stages(file, "depths", List.of(2, 2, 2, 2)),
            TransformersFile.stages(file, "hidden_sizes", List.of(32, 64, 160, 256)),
            TransformersFile.stages(file, "num_attention_heads", List.of(1, 2, 5, 8)),
            TransformersFile.stages(file, "sr_ratios", List.of(8, 4, 2, 1)),
            classes,
            file.number("drop_path_rate", 0.1),
            1e-5); // the code of transformers never asks for its layer_norm_eps
    return config.withInputChannels(file.integer("num_channels", 3));
  }
}
