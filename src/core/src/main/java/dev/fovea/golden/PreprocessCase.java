package dev.fovea.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fovea.image.ImageDecoder;
import dev.fovea.image.Normalize;
import dev.fovea.image.Pixels;
import dev.fovea.image.Resample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An image on its way into a network: Pillow's resizing, bit for bit, as {@code
 * FILTER_WIDTHxHEIGHT}; and torchvision's evaluation transform (shorter side, centre crop,
 * ImageNet's mean and deviation) as {@code eval_FILTER_SHORT_CROP}.
 */
final class PreprocessCase {

  private static final Pattern RESIZE = Pattern.compile("([a-z]+)_(\\d+)x(\\d+)");
  private static final Pattern EVAL = Pattern.compile("eval_([a-z]+)_(\\d+)_(\\d+)");

  private PreprocessCase() {}

  static boolean isCase(JsonObject json) {
    JsonElement image = json.get("image");
    return image != null && image.isJsonPrimitive() && (json.has("resize") || json.has("eval"));
  }

  static double run(Path folder, JsonObject json, NDManager manager)
      throws IOException, Expected.Mismatch, GoldenCases.Unsupported {
    Pixels image = ImageDecoder.DEFAULT.decode(folder.resolve(json.get("image").getAsString()));
    Path path = folder.resolve("expected.safetensors");
    try (Expected exact = Expected.exact(path, manager);
        Expected values = Expected.values(path, manager)) {
      for (String name : exact.names()) {
        Matcher resize = RESIZE.matcher(name);
        Matcher eval = EVAL.matcher(name);
        if (resize.matches()) {
          Resample filter = filter(resize.group(1));
          Pixels got = filter.resize(image, integer(resize, 2), integer(resize, 3));
          exact.check(name, unsigned(got.rgb()));
          values.ignore(name);
        } else if (eval.matches()) {
          Pixels shorter = filter(eval.group(1)).resizeShort(image, integer(eval, 2));
          int crop = integer(eval, 3);
          try (NDArray got = Normalize.IMAGENET.toArray(shorter.centerCrop(crop, crop), manager)) {
            values.check(name, got);
          }
        }
      }
      values.checkComplete();
      return values.maxError(); // an exact value deviates by 0
    }
  }

  private static Resample filter(String name) throws GoldenCases.Unsupported {
    String constant = name.toUpperCase(Locale.ROOT);
    return Arrays.stream(Resample.values())
        .filter(filter -> filter.name().equals(constant))
        .findAny()
        .orElseThrow(() -> new GoldenCases.Unsupported("filter " + name));
  }

  private static int integer(Matcher name, int group) {
    return Integer.parseInt(name.group(group));
  }

  private static double[] unsigned(byte[] bytes) {
    double[] values = new double[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      values[i] = bytes[i] & 0xFF;
    }
    return values;
  }
}
