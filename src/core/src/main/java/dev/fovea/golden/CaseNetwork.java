package dev.fovea.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fovea.Fovea;
import dev.fovea.backbone.Family;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.nn.Layer;
import dev.fovea.weights.Checkpoint;
import dev.fovea.weights.Dialect;
import dev.fovea.weights.StateDict;
import dev.fovea.weights.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The network of a case, and the dialect that the case speaks.
 *
 * @param network the network
 * @param dialect the naming of the case's manifest and gradients
 */
record CaseNetwork(Layer network, Dialect dialect) {

  /** Builds a network by preset name, or by family name and the sizes in {@code config}. */
  static CaseNetwork build(JsonObject json) throws GoldenCases.Unsupported {
    String model = json.get("model").getAsString();
    for (Family<?> family : Fovea.registry().families()) {
      if (family.name().equals(model)
          || family.presets().stream().anyMatch(p -> p.name().equals(model))) {
        return build(family, model, json);
      }
    }
    throw new GoldenCases.Unsupported("model " + model);
  }

  private static <C extends ModelConfig<C>> CaseNetwork build(
      Family<C> family, String model, JsonObject json) throws GoldenCases.Unsupported {
    Family.Published<C> published;
    try {
      published = family.published(json.get("dialect").getAsString());
    } catch (IllegalArgumentException e) {
      throw new GoldenCases.Unsupported(GoldenCases.oneLine(e));
    }
    C preset =
        family.presets().stream()
            .filter(p -> p.name().equals(model))
            .findFirst()
            .map(Family.Preset::config)
            .orElseGet(() -> family.presets().get(0).config());
    C config = CaseSizes.apply(published.numerics().apply(preset), json);
    int classes = json.has("classes") ? json.get("classes").getAsInt() : 0;
    return new CaseNetwork(config.withClasses(classes).build(), published.dialect());
  }

  /**
   * Fills every parameter from the name that it has in the dialect; strictly, so every entry of the
   * reference's state dict has its place.
   */
  void fill(Path folder, JsonObject json, NDManager manager) throws IOException {
    Set<String> keep = new LinkedHashSet<>();
    if (json.has("keep")) {
      json.getAsJsonArray("keep").forEach(name -> keep.add(name.getAsString()));
    }
    StateDict own = StateDict.of(network);
    if (!keep.isEmpty()) {
      network.initialize(manager);
    }
    Checkpoint file =
        new HashCheckpoint(
            folder.toString(), json.getAsJsonArray("manifest"), keep, dialect.toFile(own));
    own.load(dialect.toOwn(file), manager);
  }

  /** Compares the gradient of every parameter; returns the largest deviation. */
  double checkGradients(Path folder, Map<String, NDArray> gradients, NDManager manager)
      throws IOException, Expected.Mismatch {
    Path path = folder.resolve("gradients.safetensors");
    try (Expected expected = Expected.gradients(path, manager)) {
      Checkpoint file = dialect.toFile(new ArrayCheckpoint("gradients", gradients));
      for (String name : file.tensors().keySet()) {
        expected.check(name, file.read(manager, name));
      }
      expected.checkComplete();
      return expected.maxError();
    }
  }

  /** Makes an input, which is a pure function of its name: numbers in [-1, 1). */
  static NDArray input(String name, JsonObject json, NDManager manager) {
    JsonArray sizes = json.getAsJsonObject("inputs").getAsJsonArray(name);
    Shape shape = new Shape(sizes.asList().stream().mapToLong(JsonElement::getAsLong).toArray());
    return manager.create(HashValues.uniform(name, Math.toIntExact(shape.size())), shape);
  }

  static boolean isTrained(JsonObject json) {
    return json.has("train") && json.get("train").getAsBoolean();
  }

  /** Arrays by name. */
  private record ArrayCheckpoint(String source, Map<String, NDArray> arrays) implements Checkpoint {
    @Override
    public Map<String, TensorInfo> tensors() {
      Map<String, TensorInfo> infos = new LinkedHashMap<>();
      arrays.forEach((k, v) -> infos.put(k, new TensorInfo(v.getDataType(), v.getShape())));
      return infos;
    }

    @Override
    public NDArray read(NDManager manager, String name) {
      NDArray copy = Objects.requireNonNull(arrays.get(name)).duplicate();
      copy.attach(manager);
      return copy;
    }
  }
}
