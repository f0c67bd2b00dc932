package dev.fovea.golden;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fovea.train.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;

/** Learning rates: each schedule of {@code case.json}, from 0 in strides of its {@code every}. */
final class ScheduleCase {

  private ScheduleCase() {}

  static boolean isCase(JsonObject json) {
    return json.asMap().values().stream().anyMatch(ScheduleCase::isSampled);
  }

  private static boolean isSampled(JsonElement value) {
    return value instanceof JsonObject schedule && schedule.has("every");
  }

  static double run(Path folder, JsonObject json, NDManager manager)
      throws IOException, Expected.Mismatch, GoldenCases.Unsupported {
    try (Expected expected = Expected.doubles(folder.resolve("expected.safetensors"), manager)) {
      for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
        if (isSampled(entry.getValue())) {
          String name = entry.getKey();
          Sampled sampled = sampled(name, entry.getValue().getAsJsonObject());
          int count = Math.toIntExact(expected.shape(name).size());
          expected.check(
              name, IntStream.range(0, count).mapToDouble(sampled::learningRate).toArray());
        }
      }
      expected.checkComplete();
      return expected.maxError();
    }
  }

  /** A schedule and the number of steps from one value to the next. */
  private record Sampled(Schedule schedule, long stride) {
    double learningRate(int i) {
      return schedule.learningRate(i * stride);
    }
  }

  private static Sampled sampled(String name, JsonObject json) throws GoldenCases.Unsupported {
    return switch (name) {
      case "cosine" -> cosine(json);
      case "poly" -> new Sampled(polynomial(json), whole(json, "every"));
      default -> throw new GoldenCases.Unsupported("schedule " + name);
    };
  }

  /** Counted in epochs: an epoch gets as many steps as make each of its numbers a whole step. */
  private static Sampled cosine(JsonObject json) {
    double warmup = number(json, "warmup_epochs");
    double epochs = number(json, "epochs");
    double every = number(json, "every");
    int epoch =
        IntStream.rangeClosed(1, 1000)
            .filter(n -> isWhole(warmup * n) && isWhole(epochs * n) && isWhole(every * n))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("cosine: no step lies at every " + every));
    Schedule schedule =
        Schedule.cosine(
            number(json, "peak"),
            number(json, "floor"),
            Math.round(warmup * epoch),
            Math.round(epochs * epoch));
    return new Sampled(schedule, Math.round(every * epoch));
  }

  private static Schedule polynomial(JsonObject json) {
    Schedule schedule =
        Schedule.polynomial(number(json, "base"), number(json, "power"), whole(json, "steps"));
    long warmup = whole(json, "warmup_steps");
    return warmup == 0 ? schedule : schedule.withWarmup(warmup, number(json, "warmup_ratio"));
  }

  private static boolean isWhole(double value) {
    return Math.abs(value - Math.rint(value)) < 1e-6;
  }

  private static double number(JsonObject json, String key) {
    JsonElement value = json.get(key);
    if (value == null) {
      throw new IllegalStateException("case.json has a schedule without " + key);
    }
    return value.getAsDouble();
  }

  private static long whole(JsonObject json, String key) {
    double value = number(json, key);
    if (!isWhole(value)) {
      throw new IllegalStateException("case.json says " + key + " " + value + ", not whole steps");
    }
    return Math.round(value);
  }
}
