package dev.fovea.model;

import dev.fovea.backbone.ConfigFields;
import dev.fovea.model.VisionTransformer.Pool;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How files beside the weights describe a Vision Transformer or a masked autoencoder. */
final class VisionTransformerFiles {

  private static final Pattern TIMM =
      Pattern.compile("(vit_(?:tiny|small|base|large|huge))_patch(\\d{1,3})_(\\d{1,4})");

  private VisionTransformerFiles() {}

  /** {@code ViTConfig} of transformers; {@code ViTMAEModel} has the same encoder, masked there. */
  static Optional<VisionTransformer.Config> huggingFace(ConfigFields file) throws IOException {
    String classifier = "ViT" + TransformersFile.CLASSIFIER;
    return TransformersFile.is(file, "vit", classifier, "ViTModel")
            || TransformersFile.is(file, "vit_mae", "ViTMAEModel")
        ? Optional.of(encoder(file, TransformersFile.classes(file)))
        : Optional.empty();
  }

  /** {@code ViTMAEConfig} of transformers. */
  static Optional<MaskedAutoencoder.Config> maskedAutoencoder(ConfigFields file)
      throws IOException {
    if (!TransformersFile.is(file, "vit_mae", "ViTMAEForPreTraining")) {
      return Optional.empty();
    }
    VisionTransformer.Config encoder = encoder(file, 0);
    int dim = file.integer("decoder_hidden_size", 512);
    file.expect("decoder_intermediate_size", 4 * dim);
    VisionTransformer.Config decoder =
        sizes(
            encoder,
            dim,
            file.integer("decoder_num_hidden_layers", 8),
            file.integer("decoder_num_attention_heads", 16));
    return Optional.of(
        new MaskedAutoencoder.Config(
            encoder, decoder, file.number("mask_ratio", 0.75), file.flag("norm_pix_loss", false)));
  }

  private static VisionTransformer.Config sizes(
      VisionTransformer.Config like, int dim, int depth, int heads) {
    return new VisionTransformer.Config(
        like.imageSize(),
        like.patch(),
        dim,
        depth,
        heads,
        0,
        Pool.TOKEN,
        0,
        like.normEps(),
        like.inputChannels());
  }

  private static VisionTransformer.Config encoder(ConfigFields file, int classes)
      throws IOException {
    int dim = file.integer("hidden_size", 768);
    file.expect("hidden_act", "gelu");
    file.expect("qkv_bias", true);
    int hidden = file.integer("intermediate_size", 3072);
    if (hidden != 4 * dim) {
      throw new IOException(
          file.source() + ": intermediate_size is " + hidden + "; only 4 hidden_size is supported");
    }
    return new VisionTransformer.Config(
        file.integer("image_size", 224),
        file.integer("patch_size", 16),
        dim,
        file.integer("num_hidden_layers", 12),
        file.integer("num_attention_heads", 12),
        classes,
        Pool.TOKEN,
        0,
        file.number("layer_norm_eps", 1e-12),
        file.integer("num_channels", 3));
  }

  /** timm's names, {@code vit_base_patch16_224}; the last number is that of the pre-training. */
  static Optional<VisionTransformer.Config> timm(ConfigFields file) throws IOException {
    Matcher architecture = TimmFile.architecture(file, TIMM);
    if (!architecture.matches()) {
      return Optional.empty();
    }
    VisionTransformer.Config base =
        VisionTransformer.FAMILY.preset(architecture.group(1)).orElseThrow();
    TimmFile timm = new TimmFile(file);
    Pool pool =
        switch (timm.pool("token")) {
          case "token" -> Pool.TOKEN;
          case "avg" -> Pool.MEAN;
          default -> throw file.fault("global_pool", "\"token\" and \"avg\" are supported");
        };
    timm.expect("mlp_ratio", 4)
        .expect("qkv_bias", true)
        .expect("qk_norm", false)
        .expect("class_token", true)
        .expect("reg_tokens", 0)
        .expect("no_embed_class", false)
        .expect("pos_embed", "learn")
        .expect("pre_norm", false)
        .expect("final_norm", true)
        .expect("fc_norm", pool == Pool.MEAN)
        .expect("act_layer", "gelu")
        .expect("block_fn", "Block");
    // The size of the position table is fixed in a file: an argument, else that of pre-training.
    int named = Integer.parseInt(architecture.group(3));
    List<Integer> input = timm.pretrained().integers("input_size", List.of(3, named, named));
    if (input.size() != 3 || !input.get(1).equals(input.get(2))) {
      throw timm.pretrained().fault("input_size", "only square images are supported");
    }
    VisionTransformer.Config config =
        new VisionTransformer.Config(
            timm.side("img_size", input.get(2)),
            timm.side("patch_size", Integer.parseInt(architecture.group(2))),
            timm.integer("embed_dim", base.dim()),
            timm.integer("depth", base.depth()),
            timm.integer("num_heads", base.heads()),
            timm.classes(1000),
            pool,
            0,
            base.normEps(),
            timm.channels());
    timm.finish();
    return Optional.of(config);
  }
}
