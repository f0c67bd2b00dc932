package dev.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import ai.djl.Model;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fovea.Fovea;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fovea predict} as a user meets it. */
class PredictCommandTest {

  private final CommandRun run = new CommandRun();

  @TempDir private Path folder;

  private String model(String preset, int classes) throws IOException {
    Path to = folder.resolve(preset);
    try (Model model = Fovea.newModel(preset, classes)) {
      Fovea.save(model, to, Map.of());
    }
    return to.toString();
  }

  private String image(String name, int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, (x * 5 % 256) << 16 | (y * 3 % 256) << 8 | (x + y) % 256);
      }
    }
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
    return file.toString();
  }

  private List<JsonObject> lines() {
    return run.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
  }

  @Test
  void a_classifier_names_the_likeliest_classes() throws IOException {
    String model = model("convnext_nano", 4);
    String image = image("a.png", 60, 40);
    assertThat(run.fovea("predict", "--model", model, "--json", "--top-k", "3", image)).isZero();
    JsonObject answer = lines().get(0);
    assertThat(answer.get("image").getAsString()).isEqualTo(image);
    assertThat(answer.getAsJsonArray("classes")).hasSize(3);
    assertThat(answer.has("picture")).isFalse();
    assertThat(run.fovea("predict", "--model", model, "--size", "64", image)).isZero();
    assertThat(run.out()).contains(image, " %  ");
  }

  @Test
  void a_batch_answers_as_single_images_do() throws IOException {
    String model = model("resnet18", 3);
    String a = image("a.png", 60, 40);
    String b = image("b.png", 40, 70);
    assertThat(run.fovea("predict", "--model", model, "--json", "--size", "64", a, b)).isZero();
    List<JsonObject> together = lines();
    run.forget();
    assertThat(
            run.fovea("predict", "--model", model, "--json", "--size", "64", "--batch", "1", a, b))
        .isZero();
    for (int i = 0; i < 2; i++) {
      double one =
          lines()
              .get(i)
              .getAsJsonArray("classes")
              .get(0)
              .getAsJsonObject()
              .get("probability")
              .getAsDouble();
      double other =
          together
              .get(i)
              .getAsJsonArray("classes")
              .get(0)
              .getAsJsonObject()
              .get("probability")
              .getAsDouble();
      assertThat(one).isCloseTo(other, offset(1e-5));
    }
  }

  @Test
  void a_segmenter_writes_overlays_of_the_images_size_under_names_of_their_own()
      throws IOException {
    String model = model("segformer_nano", 5);
    String a = image("a.png", 65, 41);
    String again = image("other/a.png", 40, 70);
    String output = folder.resolve("out").toString();
    assertThat(run.fovea("predict", "--model", model, "--json", "--output", output, a, again))
        .isZero();
    assertThat(lines()).hasSize(2);
    Path first = Path.of(lines().get(0).get("picture").getAsString());
    Path second = Path.of(lines().get(1).get("picture").getAsString());
    assertThat(first).isNotEqualTo(second);
    BufferedImage overlay = ImageIO.read(first.toFile());
    assertThat(overlay.getWidth()).isEqualTo(65);
    assertThat(ImageIO.read(second.toFile()).getHeight()).isEqualTo(70);
    double sum = 0;
    for (var share : lines().get(0).getAsJsonArray("classes")) {
      sum += share.getAsJsonObject().get("share").getAsDouble();
    }
    assertThat(sum).isCloseTo(1, offset(1e-9));
  }

  @Test
  void a_mask_holds_the_classes_themselves() throws IOException {
    String model = model("segformer_nano", 5);
    String output = folder.resolve("out").toString();
    String a = image("a.png", 65, 41);
    assertThat(
            run.fovea(
                "predict",
                "--model",
                model,
                "--json",
                "--format",
                "mask",
                "--output",
                output,
                "--window",
                "32",
                "--stride",
                "16",
                "--flip",
                "--scales",
                "1,1.5",
                a))
        .isZero();
    BufferedImage mask = ImageIO.read(Path.of(output, "a.png").toFile());
    assertThat(mask.getColorModel()).isInstanceOf(IndexColorModel.class);
    double[] share = new double[5];
    for (int y = 0; y < 41; y++) {
      for (int x = 0; x < 65; x++) {
        share[mask.getRaster().getSample(x, y, 0)] += 1.0 / (41 * 65);
      }
    }
    for (var entry : lines().get(0).getAsJsonArray("classes")) {
      JsonObject c = entry.getAsJsonObject();
      assertThat(share[c.get("index").getAsInt()])
          .isCloseTo(c.get("share").getAsDouble(), offset(1e-9));
    }
  }

  @Test
  void an_autoencoder_paints() throws IOException {
    String model = model("mae_nano", 0);
    String output = folder.resolve("out").toString();
    String a = image("a.png", 65, 41);
    assertThat(run.fovea("predict", "--model", model, "--output", output, a)).isZero();
    BufferedImage row = ImageIO.read(Path.of(output, "a.png").toFile());
    assertThat(row.getWidth()).isEqualTo(3 * 96 + 2 * 8);
  }

  @Test
  void a_bad_image_does_not_stop_the_others() throws IOException {
    String model = model("convnext_nano", 4);
    Path bad = Files.writeString(folder.resolve("bad.jpg"), "no image");
    String good = image("good.png", 50, 50);
    assertThat(
            run.fovea(
                "predict", "--model", model, "--size", "32", bad.toString(), "gone.png", good))
        .isEqualTo(1);
    assertThat(run.err()).contains("bad.jpg", "gone.png", "2 of 3 images").doesNotContain("\tat ");
    assertThat(run.out()).contains("good.png").doesNotContain("bad.jpg");
  }

  @Test
  void a_size_that_the_network_does_not_take_is_refused_with_those_it_takes() throws IOException {
    String image = image("a.png", 50, 50);
    String classifier = model("convnext_nano", 4);
    for (String command : List.of("predict", "embed")) {
      assertThat(run.fovea(command, "--model", classifier, "--size", "31", image)).isEqualTo(2);
      assertThat(run.err())
          .isEqualTo(
              "fovea: --size: this network takes images of 32 pixels or more, got 31"
                  + System.lineSeparator());
      run.forget();
    }
    for (String what : List.of(classifier, "segformer_nano")) {
      assertThat(run.fovea("info", "--size", "5", "--macs", what)).isEqualTo(2);
      assertThat(run.err()).contains("--size", "pixels or more, got 5").hasLineCount(1);
      run.forget();
    }
    String painter = model("vit_tiny", 4);
    assertThat(run.fovea("predict", "--model", painter, "--size", "100", image)).isEqualTo(2);
    assertThat(run.err()).contains("--size", "patch 16", "100").hasLineCount(1);
  }

  @Test
  void a_network_of_one_size_is_made_for_the_size_that_is_asked_for() throws IOException {
    String image = image("a.png", 50, 50);
    String model = model("vit_tiny", 4);
    assertThat(run.fovea("predict", "--model", model, "--size", "32", image)).isZero();
    assertThat(run.out()).contains(image, " %  ");
    run.forget();
    assertThat(run.fovea("info", "--macs", "--size", "32", model)).isZero();
    assertThat(run.out()).contains("GMAC for 32 x 32 pixels");
  }

  @Test
  void an_image_that_is_too_small_does_not_stop_the_others() throws IOException {
    String segmenter = model("segformer_nano", 3);
    String a = image("a.png", 64, 64);
    String small = image("small.png", 64, 20);
    String b = image("b.png", 64, 64);
    String output = folder.resolve("out").toString();
    assertThat(run.fovea("predict", "--model", segmenter, "--output", output, a, small, b))
        .isEqualTo(1);
    assertThat(run.err())
        .contains("small.png: images of shape (1, 3, 20, 64)", "29 pixels or more", "1 of 3 images")
        .hasLineCount(2);
    assertThat(run.out()).contains("a.png ->", "b.png ->");
    assertThat(folder.resolve("out")).isDirectoryNotContaining("glob:**/small.png");
  }

  @Test
  void where_all_images_fail_nothing_is_left() throws IOException {
    String model = model("segformer_nano", 3);
    Path output = folder.resolve("out");
    assertThat(run.fovea("predict", "--model", model, "--output", output.toString(), "gone.png"))
        .isEqualTo(1);
    assertThat(output).doesNotExist();
  }

  @Test
  void wrong_arguments_are_one_line_and_exit_code_2() throws IOException {
    String image = image("a.png", 50, 50);
    assertThat(run.fovea("predict", "--model", "no-such-model", image)).isEqualTo(2);
    assertThat(run.err()).contains("no-such-model").hasLineCount(1);
    run.forget();
    String classifier = model("convnext_nano", 4);
    assertThat(run.fovea("predict", "--model", classifier, "--window", "32", image)).isEqualTo(2);
    assertThat(run.err()).contains("--window", "segment").hasLineCount(1);
    run.forget();
    assertThat(run.fovea("predict", "--model", classifier, "--format", "mask", image)).isEqualTo(2);
    assertThat(run.err()).contains("--format mask").hasLineCount(1);
    run.forget();
    String segmenter = model("segformer_nano", 3);
    assertThat(run.fovea("predict", "--model", segmenter, "--window", "-3", image)).isEqualTo(2);
    assertThat(run.err()).contains("--window is at least 1, not -3").hasLineCount(1);
    run.forget();
    for (String command : List.of("predict", "embed", "export")) {
      assertThat(run.fovea(command, "--model", "", "--output", "x.npy", image)).isEqualTo(2);
      assertThat(run.err()).startsWith("fovea: ").doesNotContain("safetensors");
      run.forget();
    }
    assertThat(run.fovea("predict", "--model", segmenter, "--stride", "8", image)).isEqualTo(2);
    assertThat(run.err()).contains("--stride 8").hasLineCount(1);
    run.forget();
    for (String command : List.of("predict", "embed")) {
      assertThat(run.fovea(command, "--model", classifier, "--size", "0", image)).isEqualTo(2);
      assertThat(run.err()).contains("--size is at least 1, not 0").hasLineCount(1);
      run.forget();
    }
    assertThat(run.fovea("info", "--size", "0", "--macs", classifier)).isEqualTo(2);
    assertThat(run.err()).contains("--size is at least 1, not 0").hasLineCount(1);
    run.forget();
    String empty = Files.createDirectories(folder.resolve("empty")).toString();
    assertThat(run.fovea("predict", "--model", empty, image)).isEqualTo(2);
    assertThat(run.err()).contains("no such file, nor another one of weights").hasLineCount(1);
    run.forget();
    assertThat(run.fovea("predict", "--model", classifier)).isEqualTo(2);
    assertThat(run.err()).contains("IMAGE");
  }
}
