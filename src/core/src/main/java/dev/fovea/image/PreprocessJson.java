package dev.fovea.image;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.fovea.image.Preprocess.CropMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The three JSON forms of a {@link Preprocess}. Absent keys have the defaults of the class that the
 * file names ({@code image_processor_type}, or {@code feature_extractor_type} in older files), as
 * in {@code image_processing_convnext.py}, {@code ..._segformer.py}, {@code ..._vit.py} of
 * transformers 4.46.
 */
final class PreprocessJson {
  /** Pillow's numbers of its filters; 5 is Hamming, which is not offered. */
  private static final List<Resample> PILLOW_FILTERS =
      List.of(
          Resample.NEAREST, Resample.LANCZOS, Resample.BILINEAR, Resample.BICUBIC, Resample.BOX);

  /** What a class takes where a key is absent; 2 is bilinear, 3 bicubic. */
  private record Defaults(int size, int filter, @Nullable Normalize normalize) {
    static Defaults of(String type) {
      if (type.startsWith("Segformer")) {
        return new Defaults(512, 2, Normalize.IMAGENET);
      }
      if (type.startsWith("ConvNext")) {
        return new Defaults(384, 2, Normalize.SYMMETRIC);
      }
      if (type.startsWith("Bit") || type.startsWith("CLIP")) {
        return new Defaults(224, 3, Normalize.CLIP);
      }
      return new Defaults(224, 2, type.startsWith("ViT") ? Normalize.SYMMETRIC : null);
    }
  }

  private static final double CONVNEXT_CROP = 224.0 / 256;
  private static final int CONVNEXT_WARP = 384;

  private final JsonObject json;

  private PreprocessJson(JsonObject json) {
    this.json = json;
  }

  static Preprocess read(String text, String source) throws IOException {
    try {
      JsonObject json = JsonParser.parseString(text).getAsJsonObject();
      if (json.has("pretrained_cfg")) {
        return new PreprocessJson(json.getAsJsonObject("pretrained_cfg")).timm();
      }
      PreprocessJson reader = new PreprocessJson(json);
      if (json.has("resize_rule")) {
        return reader.own();
      }
      if (json.has("input_size") && json.has("interpolation")) {
        return reader.timm();
      }
      return reader.transformers();
    } catch (JsonParseException | IllegalStateException e) {
      throw new IOException(
          source + ": not the JSON of a preprocessor (" + e.getMessage() + ")", e);
    } catch (IllegalArgumentException | ClassCastException | UnsupportedOperationException e) {
      throw new IOException(source + ": " + e.getMessage(), e);
    }
  }

  static String write(Preprocess p) {
    JsonObject rule = new JsonObject();
    rule.addProperty("kind", p.resize().kind().name());
    rule.addProperty("width", p.resize().width());
    rule.addProperty("height", p.resize().height());
    JsonObject out = new JsonObject();
    out.add("resize_rule", rule);
    out.addProperty("filter", p.filter().name());
    p.crop()
        .ifPresent(
            c -> {
              JsonObject crop = new JsonObject();
              crop.addProperty("width", c.width());
              crop.addProperty("height", c.height());
              crop.addProperty("rounding", c.rounding().name());
              crop.addProperty("fill", c.fill());
              out.add("crop", crop);
            });
    out.add("image_mean", new Gson().toJsonTree(p.normalize().mean()));
    out.add("image_std", new Gson().toJsonTree(p.normalize().std()));
    return out.toString();
  }

  private Preprocess own() {
    PreprocessJson rule = new PreprocessJson(json.getAsJsonObject("resize_rule"));
    Optional<Crop> crop = Optional.empty();
    if (json.has("crop")) {
      PreprocessJson c = new PreprocessJson(json.getAsJsonObject("crop"));
      crop =
          Optional.of(
              new Crop(
                  c.integer("width"),
                  c.integer("height"),
                  Crop.Rounding.valueOf(c.text("rounding", "")),
                  c.integer("fill")));
    }
    return new Preprocess(
        new ResizeRule(
            ResizeRule.Kind.valueOf(rule.text("kind", "")),
            rule.integer("width"),
            rule.integer("height")),
        Resample.valueOf(text("filter", "")),
        crop,
        new Normalize(
            floats("image_mean", Normalize.UNIT.mean()),
            floats("image_std", Normalize.UNIT.std())));
  }

  /** timm's names and defaults: {@code timm/data/config.py}, {@code resolve_data_config}. */
  private Preprocess timm() {
    List<Float> size = floats("input_size", List.of(3f, 224f, 224f));
    if (size.size() != 3 || size.get(0) != 3) {
      throw new IllegalArgumentException("input_size " + size + " is not that of RGB images");
    }
    String filter = text("interpolation", "bicubic").toUpperCase(Locale.ROOT);
    return Preprocess.evaluation(
        Math.round(size.get(2)),
        Math.round(size.get(1)),
        number("crop_pct", 0.875),
        CropMode.valueOf(text("crop_mode", "center").toUpperCase(Locale.ROOT)),
        Resample.valueOf(filter),
        new Normalize(
            floats("mean", Normalize.IMAGENET.mean()), floats("std", Normalize.IMAGENET.std())));
  }

  private Preprocess transformers() {
    String type = text("image_processor_type", text("feature_extractor_type", ""));
    for (String key : List.of("do_pad", "do_flip_channel_order", "do_thumbnail", "do_center_pad")) {
      if (flag(key, false)) {
        throw new IllegalArgumentException(key + " is a step that is not supported");
      }
    }
    if (type.isEmpty() && !json.has("size") && !json.has("image_mean")) {
      throw new IllegalArgumentException(
          "neither image_processor_type, size nor image_mean: this is no preprocessor_config.json");
    }
    Defaults defaults = Defaults.of(type);
    boolean convNext = type.startsWith("ConvNext");
    Resample filter = filter((int) number("resample", defaults.filter));
    ResizeRule rule = flag("do_resize", true) ? rule(defaults.size, convNext) : ResizeRule.NONE;
    Optional<Crop> crop = hubCrop();
    Normalize normalize = normalize(defaults.normalize);
    if (!convNext || rule.kind() == ResizeRule.Kind.NONE) {
      return new Preprocess(rule, filter, crop, normalize);
    }
    int size = rule.width();
    if (size >= CONVNEXT_WARP) {
      return new Preprocess(ResizeRule.exact(size, size), filter, Optional.empty(), normalize);
    }
    int shorter = (int) (size / number("crop_pct", CONVNEXT_CROP));
    crop = Optional.of(new Crop(size, size, Crop.Rounding.DOWN, 0));
    return new Preprocess(ResizeRule.shortestEdge(shorter), filter, crop, normalize);
  }

  /** {@code size} as a number (older files), or with an edge, or with height and width. */
  private ResizeRule rule(int standard, boolean shortest) {
    JsonElement size = value("size");
    if (size == null || size.isJsonPrimitive()) {
      int edge = size == null ? standard : size.getAsInt();
      // A crop after the resizing tells that the number was meant as the shorter side.
      return shortest || flag("do_center_crop", false)
          ? ResizeRule.shortestEdge(edge)
          : ResizeRule.exact(edge, edge);
    }
    PreprocessJson object = new PreprocessJson(size.getAsJsonObject());
    if (object.json.has("height") && object.json.has("width")) {
      return ResizeRule.exact(object.integer("width"), object.integer("height"));
    }
    if (object.json.has("shortest_edge") && object.json.size() == 1) {
      return ResizeRule.shortestEdge(object.integer("shortest_edge"));
    }
    throw new IllegalArgumentException(
        "size " + size + " is neither height and width nor shortest_edge alone");
  }

  private Optional<Crop> hubCrop() {
    if (!flag("do_center_crop", false)) {
      return Optional.empty();
    }
    JsonElement size = value("crop_size");
    if (size == null) {
      throw new IllegalArgumentException("do_center_crop needs a crop_size");
    }
    int width;
    int height;
    if (size.isJsonPrimitive()) {
      width = size.getAsInt();
      height = width;
    } else {
      PreprocessJson object = new PreprocessJson(size.getAsJsonObject());
      width = object.integer("width");
      height = object.integer("height");
    }
    return Optional.of(new Crop(width, height, Crop.Rounding.DOWN, 0));
  }

  /** Folds {@code rescale_factor}, where it is not 1/255, into mean and deviation. */
  private Normalize normalize(@Nullable Normalize known) {
    if (known == null
        && flag("do_normalize", true)
        && (value("image_mean") == null || value("image_std") == null)) {
      throw new IllegalArgumentException(
          "image_mean and image_std are needed where the class of the processor is not known");
    }
    Normalize standard = known == null ? Normalize.UNIT : known;
    boolean shifted = flag("do_normalize", true);
    List<Float> mean = shifted ? floats("image_mean", standard.mean()) : Normalize.UNIT.mean();
    List<Float> std = shifted ? floats("image_std", standard.std()) : Normalize.UNIT.std();
    double factor = flag("do_rescale", true) ? number("rescale_factor", 1 / 255.0) : 1;
    double scale = factor * 255;
    if (Math.abs(scale - 1) < 1e-6) {
      return new Normalize(mean, std);
    }
    return new Normalize(divide(mean, scale), divide(std, scale));
  }

  private static List<Float> divide(List<Float> values, double by) {
    return values.stream().map(v -> (float) (v / by)).toList();
  }

  private static Resample filter(int number) {
    if (number < 0 || number >= PILLOW_FILTERS.size()) {
      throw new IllegalArgumentException("resample " + number + " is a filter that is not offered");
    }
    return PILLOW_FILTERS.get(number);
  }

  private @Nullable JsonElement value(String key) {
    JsonElement value = json.get(key);
    return value == null || value.isJsonNull() ? null : value;
  }

  private boolean flag(String key, boolean standard) {
    JsonElement value = value(key);
    return value == null ? standard : value.getAsBoolean();
  }

  private String text(String key, String standard) {
    JsonElement value = value(key);
    return value == null ? standard : value.getAsString();
  }

  private double number(String key, double standard) {
    JsonElement value = value(key);
    return value == null ? standard : value.getAsDouble();
  }

  private int integer(String key) {
    JsonElement value = value(key);
    if (value == null) {
      throw new IllegalArgumentException(key + " is missing");
    }
    return value.getAsInt();
  }

  private List<Float> floats(String key, List<Float> standard) {
    JsonElement value = value(key);
    if (value == null) {
      return standard;
    }
    if (value.isJsonPrimitive()) {
      float same = value.getAsFloat();
      return List.of(same, same, same);
    }
    JsonArray array = value.getAsJsonArray();
    List<Float> values = new ArrayList<>();
    array.forEach(v -> values.add(v.getAsFloat()));
    return values;
  }
}
