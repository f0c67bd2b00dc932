package dev.fovea.golden;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.model.ConvNeXt;
import dev.fovea.model.MaskedAutoencoder;
import dev.fovea.model.MixTransformer;
import dev.fovea.model.SegFormer;
import dev.fovea.model.VisionTransformer;
import java.util.List;

/** What a case says about the sizes of its network, with drop path off, as cases are computed. */
final class CaseSizes {

  private CaseSizes() {}

  /** Returns the sizes of a family's preset, changed as the case says. */
  @SuppressWarnings("unchecked") // a family's configuration stays of its class
  static <C extends ModelConfig<C>> C apply(C config, JsonObject json)
      throws GoldenCases.Unsupported {
    if (config instanceof VisionTransformer.Config vit) {
      return (C) vit(vit, json);
    }
    if (config instanceof MaskedAutoencoder.Config mae) {
      return (C) mae(mae, json);
    }
    if (!json.has("config")) {
      return config;
    }
    JsonObject sizes = json.getAsJsonObject("config");
    if (config instanceof SegFormer.Config segformer) {
      int decoderDim = sizes.get("decoder").getAsInt();
      return (C) new SegFormer.Config(mit(segformer.encoder(), sizes), decoderDim, 1);
    }
    if (config instanceof MixTransformer.Config mit) {
      return (C) mit(mit, sizes);
    }
    if (config instanceof ConvNeXt.Config convnext) {
      return (C)
          new ConvNeXt.Config(
              integers(sizes, "depths"),
              integers(sizes, "dims"),
              convnext.classes(),
              0,
              convnext.layerScale(),
              convnext.responseNorm(),
              convnext.headEps());
    }
    throw new GoldenCases.Unsupported("sizes of " + config.getClass().getName());
  }

  private static MixTransformer.Config mit(MixTransformer.Config config, JsonObject sizes) {
    return new MixTransformer.Config(
        integers(sizes, "depths"),
        integers(sizes, "dims"),
        integers(sizes, "heads"),
        integers(sizes, "reductions"),
        config.classes(),
        0,
        config.normEps());
  }

  private static VisionTransformer.Config vit(VisionTransformer.Config config, JsonObject json) {
    VisionTransformer.Config vit = transformer(config, json, "");
    if (!json.has("pool")) {
      return vit;
    }
    boolean mean = json.get("pool").getAsString().startsWith("mean");
    return vit.withPool(mean ? VisionTransformer.Pool.MEAN : VisionTransformer.Pool.TOKEN);
  }

  private static MaskedAutoencoder.Config mae(MaskedAutoencoder.Config config, JsonObject json) {
    return new MaskedAutoencoder.Config(
        transformer(config.encoder(), json, ""),
        transformer(config.decoder(), json, "decoder_"),
        json.get("mask_ratio").getAsDouble(),
        json.get("norm_pix_loss").getAsBoolean());
  }

  private static VisionTransformer.Config transformer(
      VisionTransformer.Config config, JsonObject json, String prefix) {
    JsonObject sizes = json.has("config") ? json.getAsJsonObject("config") : new JsonObject();
    return new VisionTransformer.Config(
        integer(sizes, "image", config.imageSize()),
        integer(sizes, "patch", config.patch()),
        integer(sizes, prefix + "dim", config.dim()),
        integer(sizes, prefix + "depth", config.depth()),
        integer(sizes, prefix + "heads", config.heads()),
        config.classes(),
        config.pool(),
        0,
        config.normEps(),
        config.inputChannels());
  }

  private static int integer(JsonObject json, String key, int otherwise) {
    return json.has(key) ? json.get(key).getAsInt() : otherwise;
  }

  private static List<Integer> integers(JsonObject json, String key) {
    return json.getAsJsonArray(key).asList().stream().map(JsonElement::getAsInt).toList();
  }
}
