package dev.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fovea.Fovea;
import dev.fovea.data.Shapes;
import dev.fovea.hub.Catalogue;
import dev.fovea.image.Translators;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as a user meets it. */
class CommandLineTest {

  private final CommandRun command = new CommandRun();

  private int run(String... args) {
    return command.fovea(args);
  }

  @Test
  void without_a_command_it_names_the_commands() {
    assertThat(run()).isEqualTo(2);
    assertThat(command.err())
        .contains("quickstart", "imbalance", "golden")
        .doesNotContain("Exception");
  }

  @Test
  void what_cannot_be_printed_is_a_failure_and_a_reader_that_has_enough_is_told_nothing() {
    for (String reason : List.of("No space left on device", "Broken pipe")) {
      OutputStream full =
          new OutputStream() {
            @Override
            public void write(int b) throws IOException {
              throw new IOException(reason);
            }
          };
      for (String what : List.of("--help", "models")) {
        StringWriter err = new StringWriter();
        assertThat(
                Main.commandLine()
                    .setOut(new PrintWriter(new StandardOutput(full), true, StandardCharsets.UTF_8))
                    .setErr(new PrintWriter(err, true))
                    .execute(what))
            .isEqualTo(1);
        assertThat(err.toString())
            .isEqualTo(
                reason.equals("Broken pipe")
                    ? ""
                    : "fovea: standard output: " + reason + System.lineSeparator());
      }
    }
  }

  @Test
  void a_misspelt_command_is_answered_with_the_right_one() {
    assertThat(run("quikstart")).isEqualTo(2);
    assertThat(command.err()).contains("quickstart");
  }

  @Test
  void a_number_that_is_none_is_refused() {
    assertThat(run("quickstart", "--steps", "many")).isEqualTo(2);
    assertThat(command.err()).contains("--steps", "many").doesNotContain("Exception");
  }

  @Test
  void no_steps_are_refused() {
    assertThat(run("quickstart", "--steps", "0")).isEqualTo(2);
    assertThat(command.err()).contains("--steps", "0");
  }

  @Test
  void a_file_as_output_folder_is_refused(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("notes.txt"), "keep me");
    assertThat(run("quickstart", "--output", file.toString())).isEqualTo(2);
    assertThat(command.err()).contains("notes.txt");
    assertThat(file).hasContent("keep me");
  }

  @Test
  void golden_without_a_folder_is_refused() {
    assertThat(run("golden")).isEqualTo(2);
    assertThat(command.err()).contains("DIR");
  }

  @Test
  void golden_of_a_folder_that_is_absent_is_refused() {
    assertThat(run("golden", "no-such-folder")).isEqualTo(2);
    assertThat(command.err()).contains("no-such-folder: no such folder");
  }

  @Test
  void golden_of_a_file_is_refused() {
    assertThat(run("golden", "pom.xml")).isEqualTo(2);
    assertThat(command.err()).contains("pom.xml is a file");
  }

  @Test
  void a_failure_is_one_line_that_names_the_file(@TempDir Path folder) throws IOException {
    Path locked = Files.createDirectory(folder.resolve("locked"));
    Files.createSymbolicLink(locked.resolve("loop"), locked.resolve("loop"));
    assertThat(run("quickstart", "--output", locked.resolve("loop/x").toString())).isEqualTo(1);
    assertThat(command.err().lines()).hasSize(1);
    assertThat(command.err()).startsWith("fovea: ").contains("loop").doesNotContain("Exception");
  }

  @Test
  void golden_says_pass_and_counts() {
    String cases = "../core/src/test/resources/golden/losses";
    assertThat(run("golden", cases)).isZero();
    assertThat(command.out()).contains("PASS dice ").contains(" 0 failed");
  }

  @Test
  void golden_says_fail_and_ends_with_1(@TempDir Path folder) throws IOException {
    Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.writeString(broken.resolve("case.json"), "{\"loss\": \"dice\", \"smooth\": 1}");
    assertThat(run("golden", folder.toString())).isEqualTo(1);
    assertThat(command.out()).contains("FAIL broken ").contains("0 passed, 1 failed, 0 skipped");
  }

  @Test
  void models_lists_every_network() {
    assertThat(run("models")).isZero();
    assertThat(command.out()).contains("segformer_b0", "3,752,694", "nvlabs");
    assertThat(command.out().lines()).hasSize(1 + Fovea.registry().names().size());
  }

  @Test
  void models_lists_published_weights_with_their_licences() {
    assertThat(run("models", "--published")).isZero();
    assertThat(command.out().lines())
        .hasSize(1 + Catalogue.standard().models().size())
        .anyMatch(line -> line.startsWith("convnextv2_tiny") && line.contains("(non-commercial)"));
  }

  @Test
  void info_counts_multiplications() {
    assertThat(run("info", "--macs", "convnext_atto")).isZero();
    assertThat(command.out()).contains("0.55 GMAC for 224 x 224 pixels");
    assertThat(run("info", "--macs", "mae_nano")).isEqualTo(2);
    assertThat(command.err()).contains("mae_nano cannot be counted");
  }

  @Test
  void models_are_chosen_by_pattern_family_and_licence() {
    assertThat(run("models", "convnext_t*", "segformer_b0")).isZero();
    assertThat(command.out().lines()).hasSize(3);
    command.forget();
    assertThat(run("models", "--commercial", "--family", "convnextv2")).isEqualTo(2);
    assertThat(command.err()).contains("no name fits");
    command.forget();
    assertThat(run("models", "--published", "--json", "convnextv2_tiny*")).isZero();
    JsonArray list = JsonParser.parseString(command.out()).getAsJsonArray();
    assertThat(list).isNotEmpty();
    assertThat(list)
        .allMatch(row -> row.getAsJsonObject().get("nonCommercial").getAsBoolean())
        .allMatch(row -> row.getAsJsonObject().get("network").getAsString().startsWith("convn"));
    command.forget();
    assertThat(run("models", "--family", "resnext")).isEqualTo(2);
    assertThat(command.err()).contains("resnext", "resnet").hasLineCount(1);
  }

  @Test
  void info_shows_the_tensors_of_a_network() {
    assertThat(run("info", "--tensors", "convnext_tiny")).isZero();
    assertThat(command.out())
        .contains("stages.0.blocks.0.conv_dw.weight", "(96, 1, 7, 7)", "182 tensors, 28,589,128");
  }

  @Test
  void info_shows_the_layers_of_a_network_with_what_each_costs() {
    assertThat(run("info", "--depth", "1", "--macs", "convnext_atto")).isZero();
    List<String> layers = command.out().lines().filter(line -> line.startsWith("stages ")).toList();
    assertThat(layers).hasSize(1);
    assertThat(layers.get(0)).contains("float32", "0.54").contains("GMAC");
    assertThat(command.out()).doesNotContain("blocks");
  }

  @Test
  void info_shows_a_folder(@TempDir Path folder) throws IOException {
    try (Model model = Fovea.newModel("segformer_nano", 3)) {
      Fovea.save(model, folder, Map.of("data", "none"));
    }
    assertThat(run("info", folder.toString())).isZero();
    assertThat(command.out()).contains("fovea.model: segformer_nano", "decode_head");
    assertThat(run("info", "--macs", folder.resolve(Fovea.WEIGHTS).toString())).isEqualTo(2);
    assertThat(command.err()).contains("--macs needs a network").hasLineCount(1);
  }

  @Test
  void info_shows_a_repository_of_the_hub(@TempDir Path cache) throws IOException {
    String commit = "a".repeat(40);
    Path repository = cache.resolve("models--someone--atto");
    try (Model model = Fovea.newModel("convnext_atto", 3)) {
      Fovea.save(model, repository.resolve("snapshots").resolve(commit), Map.of());
    }
    Files.writeString(Files.createDirectories(repository.resolve("refs")).resolve("main"), commit);
    for (String absent : List.of("config.json", "README.md")) {
      Files.createFile(
          Files.createDirectories(repository.resolve(".no_exist").resolve(commit)).resolve(absent));
    }
    String before = System.getProperty("fovea.cache");
    System.setProperty("fovea.cache", cache.toString());
    try {
      assertThat(run("info", "--offline", "--macs", "--size", "64", "hf://someone/atto")).isZero();
      assertThat(command.out())
          .contains("fovea.source: hf://someone/atto", "stages", "GMAC for 64 x 64 pixels");
      assertThat(run("info", "--offline", "hf://someone/else")).isEqualTo(1);
      assertThat(command.err()).contains("someone/else").hasLineCount(1);
    } finally {
      if (before == null) {
        System.clearProperty("fovea.cache");
      } else {
        System.setProperty("fovea.cache", before);
      }
    }
  }

  @Test
  void info_of_an_unknown_name_names_the_nearest() {
    assertThat(run("info", "convnext_tny")).isEqualTo(2);
    assertThat(command.err()).contains("convnext_tny", "convnext_tiny").hasLineCount(1);
  }

  @Test
  void info_shows_the_tensors_of_a_file() {
    String files = "../core/src/test/resources/golden/files/";
    assertThat(run("info", files + "good/padded.safetensors")).isZero();
    assertThat(command.out()).contains("float32", "1 tensors, 2 elements");
  }

  @Test
  void info_refuses_a_broken_file_by_name() {
    String files = "../core/src/test/resources/golden/files/";
    assertThat(run("info", files + "bad/length_max.safetensors")).isEqualTo(2);
    assertThat(command.err()).contains("length_max.safetensors").hasLineCount(1);
  }

  @Test
  void the_quickstart_writes_what_it_says(@TempDir Path folder) throws IOException {
    Path output = folder.resolve("new/quickstart");

    assertThat(run("quickstart", "--output", output.toString(), "--steps", "2", "--json")).isZero();

    JsonObject result = JsonParser.parseString(command.out()).getAsJsonObject();
    assertThat(JsonParser.parseString(Files.readString(output.resolve("results.json"))))
        .isEqualTo(result);
    assertThat(result.getAsJsonObject("training").getAsJsonArray("loss")).hasSize(2);
    assertThat(result.getAsJsonObject("iouByClass").keySet()).hasSize(6);
    assertThat(result.getAsJsonObject("reload").get("largestDifference").getAsDouble()).isZero();
    JsonObject fast = result.getAsJsonArray("modes").get(1).getAsJsonObject();
    assertThat(fast.get("agreement").getAsDouble()).isGreaterThan(99);
    for (String picture : List.of("overlays", "training", "iou", "latency")) {
      assertThat(ImageIO.read(output.resolve(picture + ".png").toFile()).getWidth())
          .isGreaterThan(400);
    }
    assertThat(output.resolve("model/model.safetensors")).isNotEmptyFile();
    try (Model model = Fovea.load(output.resolve("model"))) {
      assertThat(Translators.classes(model)).isEqualTo(Shapes.CLASSES);
      assertThat(Translators.preprocess(model)).isPresent();
    }
    assertThat(output.resolve("model.onnx")).isNotEmptyFile();
    assertThat(Files.readString(output.resolve("report.html")).toLowerCase(Locale.ROOT))
        .startsWith("<!doctype html>")
        .doesNotContain("http://")
        .doesNotContain("https://")
        .doesNotContain("<script");
  }

  @Test
  void no_seeds_or_too_many_are_refused() {
    assertThat(run("imbalance", "--seeds", "0")).isEqualTo(2);
    assertThat(command.err()).contains("--seeds", "1 to 20", "got 0");
    assertThat(run("imbalance", "--seeds", "21")).isEqualTo(2);
    assertThat(command.err()).contains("got 21");
  }

  @Test
  void no_epochs_are_refused() {
    assertThat(run("imbalance", "--epochs", "0")).isEqualTo(2);
    assertThat(command.err()).contains("--epochs", "got 0");
  }

  @Test
  void seeds_that_are_no_number_are_refused() {
    assertThat(run("imbalance", "--seeds", "few")).isEqualTo(2);
    assertThat(command.err()).contains("--seeds", "few").doesNotContain("Exception");
  }

  @Test
  void a_file_as_output_folder_of_imbalance_is_refused(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("notes.txt"), "keep me");
    assertThat(run("imbalance", "--output", file.toString())).isEqualTo(2);
    assertThat(command.err()).contains("notes.txt");
    assertThat(file).hasContent("keep me");
  }
}
