package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The expected values were made by {@code src/test/python/preprocess.py}. */
class PreprocessTest {

  static Stream<JsonObject> cases() throws IOException {
    try (InputStream in = resource("/preprocess/cases.json");
        Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
      return objects(JsonParser.parseReader(reader).getAsJsonArray());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equals_the_reference(JsonObject json) throws IOException {
    String[] size = json.get("image").getAsString().split("x", -1);
    check(json, pattern(Integer.parseInt(size[0]), Integer.parseInt(size[1])));
  }

  /** With {@code IMAGES}, a folder, on all its images; else on the portrait alone. */
  @Test
  @EnabledIfEnvironmentVariable(
      named = "IMAGE_PYTHON",
      matches = ".+",
      disabledReason = "IMAGE_PYTHON names no Python with timm, torchvision and transformers")
  void equals_the_installed_packages(@TempDir Path folder) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(System.getenv("IMAGE_PYTHON"), "src/test/python/preprocess.py"));
    String images = System.getenv("IMAGES");
    try (Stream<Path> files =
        Files.list(
            Path.of(images == null ? "src/test/resources/golden/preprocess/portrait" : images))) {
      for (Path file : files.filter(f -> f.toString().matches(".*\\.(jpg|png)")).toList()) {
        // Lossless, so that both sides begin with the same pixels.
        Path png = folder.resolve(file.getFileName() + ".png");
        ImageIO.write(ImageDecoder.DEFAULT.decode(file).toBufferedImage(), "png", png.toFile());
        command.add(png.toString());
      }
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    List<JsonObject> cases = objects(JsonParser.parseString(output).getAsJsonArray()).toList();
    assertThat(cases.size()).isGreaterThanOrEqualTo(28);
    for (JsonObject json : cases) {
      check(json, ImageDecoder.DEFAULT.decode(Path.of(json.get("image").getAsString())));
    }
  }

  private static void check(JsonObject json, Pixels image) throws IOException {
    String name = json.get("name").getAsString();
    Preprocess preprocess = Preprocess.fromJson(json.get("config").toString(), name);
    Pixels fitted = preprocess.fit(image);
    JsonArray shape = json.getAsJsonArray("shape");
    assertThat(fitted)
        .as(name)
        .hasToString(shape.get(2).getAsInt() + " x " + shape.get(1).getAsInt() + " pixels");
    CRC32 crc = new CRC32();
    crc.update(fitted.rgb());
    assertThat(crc.getValue()).as(name).isEqualTo(json.get("crc").getAsLong());
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        NDArray got = preprocess.apply(image, manager)) {
      assertThat(got.getShape()).isEqualTo(new Shape(3, fitted.height(), fitted.width()));
      float[] values = got.toFloatArray();
      int at = 0;
      for (JsonElement expected : json.getAsJsonArray("values")) {
        float value = expected.getAsFloat();
        assertThat(Math.abs(values[at] - value))
            .as("%s at %d: %s and %s", name, at, values[at], value)
            .isLessThanOrEqualTo(1e-6f * Math.max(1, Math.abs(value)));
        at += json.get("step").getAsInt();
      }
    }
    Preprocess again = Preprocess.fromJson(preprocess.toJson(), "again");
    assertThat(again).isEqualTo(preprocess);
  }

  @Test
  void says_the_shape_where_all_images_get_the_same() {
    assertThat(Preprocess.exact(5, 7, Resample.BICUBIC).inputShape()).contains(new Shape(3, 7, 5));
    assertThat(Preprocess.evaluation(224, 0.875, Resample.BICUBIC).inputShape())
        .contains(new Shape(3, 224, 224));
    assertThat(Preprocess.KEEP_SIZE.inputShape()).isEmpty();
    assertThat(Preprocess.KEEP_SIZE.withResize(ResizeRule.shortestEdge(9)).inputShape()).isEmpty();
  }

  @Test
  void reads_the_older_forms_of_the_hub() throws IOException {
    String vit =
        "{'feature_extractor_type': 'ViTFeatureExtractor', 'size': 224, 'resample': 2,"
            + " 'image_mean': [0.5, 0.5, 0.5], 'image_std': [0.5, 0.5, 0.5]}";
    assertThat(Preprocess.fromJson(vit, "vit"))
        .isEqualTo(
            Preprocess.exact(224, 224, Resample.BILINEAR).withNormalize(Normalize.SYMMETRIC));
    String convNext =
        "{'feature_extractor_type': 'ConvNextFeatureExtractor', 'size': 224, 'resample': 3,"
            + " 'crop_pct': 0.875, 'image_mean': [0.485, 0.456, 0.406],"
            + " 'image_std': [0.229, 0.224, 0.225]}";
    Crop crop = new Crop(224, 224, Crop.Rounding.DOWN, 0);
    assertThat(Preprocess.fromJson(convNext, "convnext"))
        .isEqualTo(Preprocess.evaluation(224, 0.875, Resample.BICUBIC).withCrop(Optional.of(crop)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1]                                 | not the JSON of a preprocessor",
        "{'a': 1}                            | this is no preprocessor_config.json",
        "{'size': 224, 'do_pad': true}       | do_pad is a step that is not supported",
        "{'size': {'longest_edge': 800}}     | is neither height and width nor shortest_edge",
        "{'size': {'height': 0, 'width': 3}} | the resize rule EXACT has no size of 3 x 0 pixels",
        "{'size': {'height': 'x','width':3}} | For input string",
        "{'size': 224, 'resample': 5}        | resample 5 is a filter that is not offered",
        "{'size': 224}                       | image_mean and image_std are needed where",
        "{'size':2,'image_mean': [1, 2],'image_std': [1,2]} | three means and three positive deviations",
        "{'image_mean': 0, 'image_std': 0}       | three means and three positive deviations",
        "{'size': 9, 'do_center_crop': true} | do_center_crop needs a crop_size",
        "{'input_size': [1, 2, 3], 'interpolation': 'bicubic'} | is not that of RGB images",
        "{'input_size': [3, 2, 3], 'interpolation': 'bicubic', 'crop_pct': 0} | crop_pct must be",
        "{'input_size': [3, 2, 3], 'interpolation': 'random'} | No enum constant",
        "{'resize_rule': {'kind': 'EXACT'}}  | width is missing",
      })
  void refuses_what_it_does_not_know(String json, String message) {
    assertThatThrownBy(() -> Preprocess.fromJson(json.replace('\'', '"'), "p.json"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("p.json: ")
        .hasMessageContaining(message);
  }

  @Test
  void refuses_rules_and_crops_that_mean_nothing() {
    assertThatThrownBy(() -> ResizeRule.exact(0, 3)).hasMessageContaining("EXACT");
    assertThatThrownBy(() -> new ResizeRule(ResizeRule.Kind.SHORTEST_EDGE, 3, 4))
        .hasMessage("the shorter side has one length, not 3 and 4");
    assertThatThrownBy(() -> Crop.center(0, 3))
        .hasMessage("an image of 0 x 3 pixels cannot be held");
    assertThatThrownBy(() -> new Crop(1, 1, Crop.Rounding.EVEN, -1)).hasMessageContaining("not -1");
    assertThatThrownBy(() -> Preprocess.evaluation(224, Double.NaN, Resample.BOX))
        .hasMessage("crop_pct must be above 0, not NaN");
  }

  private static Stream<JsonObject> objects(JsonArray array) {
    return array.asList().stream().map(JsonElement::getAsJsonObject);
  }

  /** The same as {@code pattern} of the script. */
  static Pixels pattern(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      long noise = (i * 2654435761L & 0xFFFFFFFFL) >> 25;
      rgb[i] = (byte) (noise + i / (3L * width) * 3 + i % 3 * 40L);
    }
    return new Pixels(width, height, rgb);
  }

  private static InputStream resource(String path) {
    return Objects.requireNonNull(PreprocessTest.class.getResourceAsStream(path), path);
  }
}
