package dev.fovea.image;

import ai.djl.Model;
import ai.djl.translate.ArgumentsUtil;
import ai.djl.util.Utils;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The arguments that DJL's own image translators know ({@code BaseImageTranslator.configPreProcess}
 * and {@code ClassificationBuilder.configPostProcess}), on top of what the model says itself.
 */
final class TranslatorArguments {
  /** Bytes of a list of names at an address. */
  private static final int MAX_SYNSET = 1 << 20;

  private final Model model;
  private final Map<String, ?> arguments;

  TranslatorArguments(Model model, Map<String, ?> arguments) {
    this.model = model;
    this.arguments = arguments;
  }

  boolean flag(String key, boolean standard) {
    return ArgumentsUtil.booleanValue(arguments, key, standard);
  }

  int integer(String key, int standard) {
    return ArgumentsUtil.intValue(arguments, key, standard);
  }

  /** The model's own description, changed by the arguments that are given. */
  Preprocess preprocess() {
    for (String key : List.of("pad", "centerFit")) {
      if (!"false".equals(text(key, "false"))) {
        throw new IllegalArgumentException(key + " is not offered; use resize or resizeShort");
      }
    }
    if (!flag("toTensor", true)
        || !"COLOR".equals(text("flag", "COLOR"))
        || !"stack".equals(text("batchifier", "stack"))) {
      throw new IllegalArgumentException(
          "images become float32 (3, H, W) in colour, stacked: toTensor=true, flag=COLOR,"
              + " batchifier=stack; not "
              + arguments);
    }
    Preprocess result = normalize(resize(own()));
    String filter = text("interpolation", "");
    return filter.isEmpty() ? result : result.withFilter(filter(filter));
  }

  private Preprocess own() {
    String json = text("preprocess", "");
    if (json.isEmpty()) {
      json = model.getProperty(Translators.PREPROCESS, "");
    }
    try {
      return json.isEmpty()
          ? Preprocess.KEEP_SIZE
          : Preprocess.fromJson(json, "preprocess of model " + model.getName());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Preprocess resize(Preprocess p) {
    boolean sized = arguments.containsKey("width") || arguments.containsKey("height");
    int width = integer("width", 224);
    int height = integer("height", 224);
    String resize = text("resize", "false");
    String shorter = text("resizeShort", "false");
    boolean crop = flag("centerCrop", false);
    if (sized && resize.equals("false") && shorter.equals("false") && !crop) {
      resize = "true";
    }
    if (resize.equals("true")) {
      p = p.withResize(ResizeRule.exact(width, height)).withCrop(Optional.empty());
    } else if (!resize.equals("false")) {
      String[] parts = resize.split("\\s*,\\s*", -1);
      int w = number("resize", parts[0]);
      int h = parts.length > 1 ? number("resize", parts[1]) : w;
      p = p.withResize(ResizeRule.exact(w, h)).withCrop(Optional.empty());
      p = parts.length > 2 ? p.withFilter(filter(parts[2])) : p;
    }
    if (!shorter.equals("false")) {
      // "true" means what it means in DJL.
      int edge = shorter.equals("true") ? Math.max(width, height) : number("resizeShort", shorter);
      p = p.withResize(ResizeRule.shortestEdge(edge)).withCrop(Optional.empty());
    }
    return crop ? p.withCrop(Optional.of(Crop.center(width, height))) : p;
  }

  private Preprocess normalize(Preprocess p) {
    String range = text("range", "");
    if (range.equals("0,1")) {
      p = p.withNormalize(Normalize.UNIT);
    } else if (range.equals("-1,1")) {
      float half = 128f / 255; // DJL: value / 128 - 1
      p = p.withNormalize(new Normalize(List.of(half, half, half), List.of(half, half, half)));
    } else if (!range.isEmpty()) {
      throw new IllegalArgumentException("range is 0,1 or -1,1, not " + range);
    }
    String normalize = text("normalize", "");
    if (arguments.containsKey("mean") || arguments.containsKey("std")) {
      normalize = text("mean", "0,0,0") + "," + text("std", "1,1,1");
    }
    return switch (normalize) {
      case "" -> p;
      case "true" -> p.withNormalize(Normalize.IMAGENET);
      case "false" -> p.withNormalize(Normalize.UNIT);
      default -> p.withNormalize(six(normalize));
    };
  }

  private static Normalize six(String text) {
    List<Float> values = new ArrayList<>();
    for (String part : text.split("[\\s,\\[\\]]+", -1)) {
      if (!part.isEmpty()) {
        values.add(Float.parseFloat(part));
      }
    }
    if (values.size() != 6) {
      throw new IllegalArgumentException("three means, three deviations are needed, not " + text);
    }
    return new Normalize(values.subList(0, 3), values.subList(3, 6));
  }

  /** Names of the classes, as DJL finds them, or of the model itself; empty if there are none. */
  List<String> classes() {
    try {
      String synset = text("synset", "");
      if (!synset.isEmpty()) {
        return List.of(synset.split("\\s*,\\s*", -1));
      }
      String url = text("synsetUrl", "");
      if (!url.isEmpty()) {
        byte[] names = Download.STANDARD.read(Download.address(url), MAX_SYNSET);
        return Utils.readLines(new ByteArrayInputStream(names), true);
      }
      String file = text("synsetFileName", "");
      if (!file.isEmpty()) {
        return model.getArtifact(file, names -> Utils.readLines(names, true));
      }
      List<String> names = new ArrayList<>();
      for (JsonElement name :
          JsonParser.parseString(model.getProperty(Translators.LABELS, "[]")).getAsJsonArray()) {
        names.add(name.getAsString());
      }
      return names;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (JsonParseException | IllegalStateException e) {
      throw new IllegalArgumentException(
          Translators.LABELS + " of model " + model.getName() + " is not a JSON list of names", e);
    }
  }

  private String text(String key, String standard) {
    return ArgumentsUtil.stringValue(arguments, key, standard);
  }

  private static int number(String key, String text) {
    try {
      return (int) Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + ": not a number: " + text, e);
    }
  }

  /** DJL's names of filters, and this library's. */
  private static Resample filter(String name) {
    return switch (name) {
      case "NEAREST" -> Resample.NEAREST;
      case "AREA", "BOX" -> Resample.BOX;
      case "BILINEAR" -> Resample.BILINEAR;
      case "BICUBIC" -> Resample.BICUBIC;
      case "LANCZOS", "LANCZOS4" -> Resample.LANCZOS;
      default -> throw new IllegalArgumentException("interpolation: no such filter: " + name);
    };
  }
}
