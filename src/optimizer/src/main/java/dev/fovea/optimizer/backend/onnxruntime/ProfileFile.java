package dev.fovea.optimizer.backend.onnxruntime;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fovea.optimizer.backend.KernelTime;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Reads the trace that a session wrote: events in the <a
 * href="https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU">format of
 * Chrome</a>, those of a run's kernels before that of the run itself.
 */
final class ProfileFile {

  private static final String KERNEL = "_kernel_time";
  private static final String PROVIDER = "ExecutionProvider";

  private ProfileFile() {}

  /** The kernels of all runs but the first ones. */
  static List<KernelTime> read(Path file, int skippedRuns) throws IOException {
    JsonArray events;
    try (Reader reader = Files.newBufferedReader(file)) {
      events = JsonParser.parseReader(reader).getAsJsonArray();
    }
    List<KernelTime> times = new ArrayList<>();
    int runs = 0;
    for (JsonElement element : events) {
      JsonObject event = element.getAsJsonObject();
      String name = event.get("name").getAsString();
      if (name.equals("model_run")) {
        runs++;
      } else if (runs >= skippedRuns && name.endsWith(KERNEL)) {
        times.add(kernel(event, name.substring(0, name.length() - KERNEL.length())));
      }
    }
    return times;
  }

  private static KernelTime kernel(JsonObject event, String name) {
    JsonObject args = event.getAsJsonObject("args");
    String provider = args.get("provider").getAsString().replace(PROVIDER, "");
    JsonArray inputs = args.getAsJsonArray("input_type_shape");
    String type =
        inputs.isEmpty() ? "" : "_" + inputs.get(0).getAsJsonObject().keySet().iterator().next();
    return new KernelTime(
        name,
        args.get("op_name").getAsString(),
        (provider + type).toLowerCase(Locale.ROOT),
        TimeUnit.MICROSECONDS.toNanos(event.get("dur").getAsLong()));
  }
}
