package dev.fovea.golden;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fovea.loss.ArrayLoss;
import dev.fovea.loss.BoxLoss;
import dev.fovea.loss.CrossEntropyLoss;
import dev.fovea.loss.DiceLoss;
import dev.fovea.loss.FocalLoss;
import dev.fovea.loss.LovaszLoss;
import dev.fovea.loss.Reduction;
import dev.fovea.loss.TverskyLoss;
import dev.fovea.weights.Checkpoint;
import dev.fovea.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A loss: its value, and the gradient of its sum, both in double precision. */
final class LossCase {

  /** The losses, by what {@code "loss"} says. */
  private static final Map<String, Kind> KINDS =
      Map.of(
          "sigmoid focal",
              c -> FocalLoss.sigmoid(c.number("alpha"), c.number("gamma"), c.reduction()),
          "softmax focal",
              c ->
                  FocalLoss.softmax(
                      c.numbers("class_alpha"), c.number("gamma"), c.ignored(), c.reduction()),
          "cross entropy",
              c ->
                  new CrossEntropyLoss(
                      c.numbers("class_weights"),
                      c.ignored(),
                      c.number("smoothing", 0),
                      c.reduction()),
          "dice", c -> new DiceLoss(c.number("smooth"), c.ignored()),
          "tversky",
              c ->
                  new TverskyLoss(
                      c.number("alpha_fp"), c.number("beta_fn"), c.number("smooth"), c.ignored()),
          "lovasz_softmax",
              c ->
                  LovaszLoss.softmax(
                      c.oneOf(LovaszLoss.Classes.class, "classes"),
                      c.flag("per_image"),
                      c.ignored()),
          "giou", c -> c.box(BoxLoss.Kind.GIOU),
          "diou", c -> c.box(BoxLoss.Kind.DIOU),
          "ciou", c -> c.box(BoxLoss.Kind.CIOU));

  private interface Kind {
    ArrayLoss of(Config config) throws GoldenCases.Unsupported;
  }

  private LossCase() {}

  static double run(Path folder, JsonObject json, NDManager manager)
      throws IOException, Expected.Mismatch, GoldenCases.Unsupported {
    Config config = new Config(json);
    String name = json.get("loss").getAsString();
    Kind kind = KINDS.get(name);
    if (kind == null) {
      throw new GoldenCases.Unsupported("loss " + name);
    }
    config.require("over", "batch and space, mean over classes");
    ArrayLoss loss = kind.of(config);
    NDArray predictions;
    NDArray labels;
    try (SafeTensors file = SafeTensors.open(folder.resolve("inputs.safetensors"))) {
      predictions = read(manager, file, "logits", "predicted");
      labels = read(manager, file, "labels", "targets", "target");
    }
    predictions.setRequiresGradient(true);
    NDArray value;
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      value = loss.apply(predictions, labels);
      collector.backward(value.sum());
    }
    Path path = folder.resolve("expected.safetensors");
    try (Expected values = Expected.values(path, manager);
        Expected gradients = Expected.gradients(path, manager)) {
      values.check("loss", value);
      gradients.check("grad", predictions.getGradient());
      values.ignore("grad");
      values.checkComplete();
      return Math.max(values.maxError(), gradients.maxError());
    }
  }

  /** The first tensor that is there; numbers in double precision. */
  private static NDArray read(NDManager manager, Checkpoint file, String... names)
      throws IOException {
    for (String name : names) {
      if (file.tensors().containsKey(name)) {
        NDArray given = file.read(manager, name);
        return given.getDataType().isFloating() ? given.toType(DataType.FLOAT64, true) : given;
      }
    }
    throw new IllegalStateException("inputs have none of " + String.join(", ", names));
  }

  /** What {@code case.json} says. */
  private record Config(JsonObject json) {

    boolean has(String key) {
      return json.has(key) && !json.get(key).isJsonNull();
    }

    private JsonElement required(String key) {
      if (!has(key)) {
        throw new IllegalStateException("case.json has no " + key);
      }
      return json.get(key);
    }

    double number(String key) {
      return required(key).getAsDouble();
    }

    double number(String key, double otherwise) {
      return has(key) ? number(key) : otherwise;
    }

    double @Nullable [] numbers(String key) {
      if (!has(key)) {
        return null;
      }
      return json.getAsJsonArray(key).asList().stream()
          .mapToDouble(JsonElement::getAsDouble)
          .toArray();
    }

    boolean flag(String key) {
      return has(key) && json.get(key).getAsBoolean();
    }

    @Nullable Integer ignored() {
      return has("ignore_index") ? json.get("ignore_index").getAsInt() : null;
    }

    Reduction reduction() throws GoldenCases.Unsupported {
      return has("reduction") ? oneOf(Reduction.class, "reduction") : Reduction.MEAN;
    }

    BoxLoss box(BoxLoss.Kind kind) throws GoldenCases.Unsupported {
      require("boxes", "x1 y1 x2 y2");
      return new BoxLoss(kind, reduction());
    }

    <E extends Enum<E>> E oneOf(Class<E> type, String key) throws GoldenCases.Unsupported {
      String value = required(key).getAsString();
      try {
        return Enum.valueOf(type, value.toUpperCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw new GoldenCases.Unsupported(key + " " + value);
      }
    }

    /** A choice of which only one value is known. */
    void require(String key, String known) throws GoldenCases.Unsupported {
      if (has(key) && !json.get(key).getAsString().equals(known)) {
        throw new GoldenCases.Unsupported(key + " " + json.get(key).getAsString());
      }
    }
  }
}
