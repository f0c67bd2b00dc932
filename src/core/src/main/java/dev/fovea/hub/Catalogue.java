package dev.fovea.hub;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fovea.backbone.NearestNames;
import dev.fovea.image.Crop;
import dev.fovea.image.Normalize;
import dev.fovea.image.Preprocess;
import dev.fovea.image.Resample;
import dev.fovea.image.ResizeRule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The published weights that the library knows by name. Immutable. */
public final class Catalogue {
  private static final String RESOURCE = "published.json";

  private final Map<String, PublishedModel> models;

  private Catalogue(Map<String, PublishedModel> models) {
    this.models = Collections.unmodifiableMap(models);
  }

  /**
   * Reads the catalogue that comes with the library.
   *
   * @return all entries of {@code models/published.json}
   */
  public static Catalogue standard() {
    try (InputStream in = Catalogue.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the library's jar has no " + RESOURCE);
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Catalogue parse(String json) {
    Map<String, PublishedModel> models = new LinkedHashMap<>();
    for (JsonElement entry : JsonParser.parseString(json).getAsJsonArray()) {
      PublishedModel model = model(entry.getAsJsonObject());
      if (models.put(model.name(), model) != null) {
        throw new IllegalArgumentException("the catalogue has two entries " + model.name());
      }
    }
    return new Catalogue(models);
  }

  private static PublishedModel model(JsonObject json) {
    return new PublishedModel(
        json.get("name").getAsString(),
        json.get("preset").getAsString(),
        json.get("dialect").getAsString(),
        URI.create(json.get("source").getAsString()),
        text(json, "sha256"),
        json.get("licence").getAsString(),
        json.get("nonCommercial").getAsBoolean(),
        json.get("classes").getAsInt(),
        preprocess(json),
        text(json, "labels"),
        json.has("config") ? json.get("config").toString() : "{}");
  }

  private static Optional<String> text(JsonObject json, String key) {
    return Optional.ofNullable(json.get(key)).map(JsonElement::getAsString);
  }

  /** Resizes the shorter side, or both for "squash", to "resize"; cuts out "size". */
  private static Preprocess preprocess(JsonObject json) {
    int size = json.get("size").getAsInt();
    int resize = json.get("resize").getAsInt();
    boolean squash = json.get("squash").getAsBoolean();
    // The image processors of the hub round an odd margin down, as Crop.Rounding says.
    Crop.Rounding rounding =
        json.get("dialect").getAsString().equals("huggingface")
            ? Crop.Rounding.DOWN
            : Crop.Rounding.EVEN;
    Crop crop = new Crop(size, size, rounding, 0);
    return new Preprocess(
        squash ? ResizeRule.exact(resize, resize) : ResizeRule.shortestEdge(resize),
        Resample.valueOf(json.get("filter").getAsString().toUpperCase(Locale.ROOT)),
        squash && size == resize ? Optional.empty() : Optional.of(crop),
        new Normalize(
            floats(json.get("mean").getAsJsonArray()), floats(json.get("std").getAsJsonArray())));
  }

  private static List<Float> floats(JsonArray array) {
    List<Float> values = new ArrayList<>();
    array.forEach(v -> values.add(v.getAsFloat()));
    return values;
  }

  /**
   * Returns all entries, those of one network together.
   *
   * @return an unmodifiable collection
   */
  public Collection<PublishedModel> models() {
    return models.values();
  }

  /**
   * Finds an entry.
   *
   * @param name its name
   * @return the entry, or empty if there is none
   */
  public Optional<PublishedModel> find(String name) {
    return Optional.ofNullable(models.get(name));
  }

  /**
   * Finds an entry by its address.
   *
   * @param source {@code hf://owner/name} or {@code https://}
   * @return an entry of that address, or empty if there is none
   */
  public Optional<PublishedModel> of(String source) {
    return models.values().stream().filter(m -> m.source().toString().equals(source)).findFirst();
  }

  /**
   * Says what somebody may have meant who asked for a name that does not exist.
   *
   * @param name what was asked for; may be that of a preset
   * @return names of entries: of the preset's, else those that are most like it
   */
  public List<String> nearest(String name) {
    List<String> ofPreset =
        models.values().stream()
            .filter(m -> m.preset().equals(name))
            .map(PublishedModel::name)
            .toList();
    return ofPreset.isEmpty() ? NearestNames.of(name, models.keySet()) : ofPreset;
  }
}
