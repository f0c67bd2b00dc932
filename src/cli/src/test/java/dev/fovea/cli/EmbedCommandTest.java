package dev.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import ai.djl.Model;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fovea.Fovea;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fovea embed} as a user meets it. */
class EmbedCommandTest {

  private final CommandRun run = new CommandRun();

  @TempDir private Path folder;

  private String model = "";
  private String a = "";
  private String b = "";

  @BeforeEach
  void write() throws IOException {
    model = folder.resolve("model").toString();
    try (Model network = Fovea.newModel("convnext_nano", 7)) {
      Fovea.save(network, Path.of(model), Map.of());
    }
    a = image("a.png", 0x3366CC);
    b = image("b.png", 0xEE9911);
  }

  private String image(String name, int color) throws IOException {
    BufferedImage image = new BufferedImage(48, 40, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 40; y++) {
      for (int x = 0; x < 48; x++) {
        image.setRGB(x, y, (x + y) % 16 < 8 ? color : 0x101010);
      }
    }
    Path file = folder.resolve(name);
    ImageIO.write(image, "png", file.toFile());
    return file.toString();
  }

  private List<JsonObject> lines(String text) {
    return text.lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
  }

  @Test
  void vectors_come_without_the_head_and_differ_by_image() {
    assertThat(run.fovea("embed", "--model", model, "--size", "32", a, b)).isZero();
    List<JsonObject> lines = lines(run.out());
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0).get("image").getAsString()).isEqualTo(a);
    assertThat(lines.get(0).getAsJsonArray("vector").size()).isGreaterThan(7);
    assertThat(lines.get(0).get("vector")).isNotEqualTo(lines.get(1).get("vector"));
  }

  @Test
  void a_segmenter_gives_its_encoders_features() throws IOException {
    Path segmenter = folder.resolve("segmenter");
    try (Model network = Fovea.newModel("segformer_nano", 3)) {
      Fovea.save(network, segmenter, Map.of());
    }
    assertThat(run.fovea("embed", "--model", segmenter.toString(), "--size", "32", a)).isZero();
    int channels = Fovea.backbone("mit_nano").levels().get(3).channels();
    assertThat(lines(run.out()).get(0).getAsJsonArray("vector")).hasSize(channels);
  }

  @Test
  void npy_holds_the_rows_of_the_json_lines_and_a_list_of_names() throws IOException {
    Path npy = folder.resolve("new/v.npy");
    Path jsonl = folder.resolve("v.jsonl");
    Path bad = Files.writeString(folder.resolve("bad.png"), "none");
    String[] images = {a, bad.toString(), b};
    for (Path to : List.of(npy, jsonl)) {
      assertThat(
              run.fovea(
                  "embed",
                  "--model",
                  model,
                  "--size",
                  "32",
                  "--unit-length",
                  "--output",
                  to.toString(),
                  images[0],
                  images[1],
                  images[2]))
          .isEqualTo(1);
    }
    assertThat(run.err()).contains("bad.png", "1 of 3 images failed");
    List<JsonObject> lines = lines(Files.readString(jsonl));
    assertThat(folder.resolve("new/v.txt")).hasContent(a + "\n" + b + "\n");

    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(npy)).order(ByteOrder.LITTLE_ENDIAN);
    String header = StandardCharsets.ISO_8859_1.decode(bytes.slice().limit(128)).toString();
    int columns = lines.get(0).getAsJsonArray("vector").size();
    assertThat(header)
        .contains("NUMPY", "'descr': '<f4'", "'shape': (2, " + columns + ")")
        .endsWith("\n");
    assertThat(bytes.capacity()).isEqualTo(128 + 4 * 2 * columns);
    bytes.position(128);
    for (JsonObject line : lines) {
      double square = 0;
      for (int i = 0; i < columns; i++) {
        float value = bytes.getFloat();
        assertThat(value).isEqualTo(line.getAsJsonArray("vector").get(i).getAsFloat());
        square += value * value;
      }
      assertThat(square).isCloseTo(1, offset(1e-5));
    }
    try (Stream<Path> left = Files.list(folder.resolve("new"))) {
      assertThat(left).hasSize(2); // no unfinished file
    }
  }

  @Test
  void where_all_images_fail_no_file_is_left_and_an_older_one_stays() throws IOException {
    for (String name : List.of("v.npy", "v.jsonl")) {
      Path file = Files.createDirectories(folder.resolve("out")).resolve(name);
      assertThat(embedNothing(file)).isEqualTo(1);
      assertThat(run.err())
          .contains("1 of 1 images failed", "there is no vector, so " + file + " is not written")
          .hasLineCount(3);
      run.forget();
      assertThat(file.getParent()).isEmptyDirectory();
      Files.writeString(file, "kept");
      assertThat(embedNothing(file)).isEqualTo(1);
      run.forget();
      assertThat(file).hasContent("kept");
      Files.delete(file);
    }
  }

  private int embedNothing(Path output) {
    return run.fovea("embed", "--model", model, "--output", output.toString(), "gone.png");
  }

  @Test
  void wrong_arguments_are_one_line_and_exit_code_2() throws IOException {
    assertThat(run.fovea("embed", "--model", model, "--output", "v.csv", a)).isEqualTo(2);
    assertThat(run.err()).contains("v.csv", ".npy").hasLineCount(1);
    run.forget();
    String painter = folder.resolve("painter").toString();
    try (Model network = Fovea.newModel("mae_nano", 0)) {
      Fovea.save(network, Path.of(painter), Map.of());
    }
    assertThat(run.fovea("embed", "--model", painter, a)).isEqualTo(2);
    assertThat(run.err()).contains("no vectors", "--preset").hasLineCount(1);
  }
}
