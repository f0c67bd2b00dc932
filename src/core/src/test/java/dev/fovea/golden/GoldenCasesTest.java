package dev.fovea.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoldenCasesTest {

  private static final Path CASES = Path.of("src/test/resources/golden");

  @TestFactory
  Stream<DynamicTest> every_case_passes() throws IOException {
    return GoldenCases.find(List.of(CASES)).stream()
        .map(
            path ->
                DynamicTest.dynamicTest(
                    CASES.relativize(path).toString(),
                    () -> {
                      Outcome outcome = GoldenCases.run(path);
                      assertThat(outcome).isInstanceOf(Outcome.Pass.class);
                    }));
  }

  @Test
  void every_folder_with_a_case_is_found() throws IOException {
    long folders;
    try (Stream<Path> paths = Files.walk(CASES)) {
      folders = paths.filter(path -> path.endsWith("case.json")).count();
    }
    assertThat(folders).isGreaterThan(10);
    assertThat(GoldenCases.find(List.of(CASES)).stream().filter(Files::isDirectory))
        .hasSize((int) folders);
  }

  /** The change is to a byte of the tensor, and small: the tolerance must not hide it. */
  @ParameterizedTest
  @CsvSource({
    "models/convnext_micro.facebook, logits, 22, 0x80",
    "losses/dice, loss, 5, 0x01",
    "metrics/segmentation, confusion, 0, 0x01",
    "preprocess/portrait, bicubic_97x41, 5000, 0x01",
    "preprocess/portrait, eval_bilinear_73_64, 20002, 0x80",
    "optim/steps, adamw, 2020, 0x01",
    "optim/steps, adam, 2020, 0x01",
    "optim/steps, sgd_nesterov, 2020, 0x01",
    "optim/schedules, cosine, 644, 0x01",
    "optim/schedules, poly, 804, 0x01",
    "recipe/convnext_micro, final_logits, 2, 0x01",
    "recipe/convnext_micro, ema_logits, 2, 0x01",
  })
  void a_slightly_wrong_expected_value_fails_and_names_the_tensor(
      String original, String tensor, int at, int bits, @TempDir Path folder) throws IOException {
    Path copy = copy(original, folder);
    Path expected = copy.resolve("expected.safetensors");
    byte[] bytes = Files.readAllBytes(expected);
    bytes[start(bytes, tensor) + at] ^= (byte) bits;
    Files.write(expected, bytes);

    assertThat(GoldenCases.run(copy).toString())
        .startsWith("FAIL " + copy.getFileName() + " " + tensor + "[");
  }

  @ParameterizedTest
  @CsvSource({
    "0.40136876702308655, 0.40178, 'losses[9] is 0.4013'",
    "0.32015660405158997, 0.32050, 'gradient_norms[8] is 0.3201'",
    "over 3 steps: lr*(step+1)/3, over 2 steps: lr*(step+1)/2, losses[1]",
    "decay .05, decay .5, losses[",
    "smoothing .1, smoothing .11, losses[",
    "clip norm 1, clip norm 2, losses[",
    "EMA .9, EMA .89, ema_logits[",
  })
  void a_slightly_different_recipe_fails(
      String right, String wrong, String where, @TempDir Path folder) throws IOException {
    Path copy = copy("recipe/convnext_micro", folder);
    replace(copy.resolve("case.json"), right, wrong);

    assertThat(GoldenCases.run(copy).toString()).startsWith("FAIL convnext_micro " + where);
  }

  private static void replace(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }

  private static Path copy(String original, Path folder) throws IOException {
    Path from = CASES.resolve(original);
    Path copy = Files.createDirectories(folder.resolve(from.getFileName()));
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  /** Where the values of a tensor begin in a safetensors file. */
  private static int start(byte[] file, String tensor) {
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    String header = new String(file, 8, length, StandardCharsets.UTF_8);
    JsonObject info = JsonParser.parseString(header).getAsJsonObject().getAsJsonObject(tensor);
    return 8 + length + info.getAsJsonArray("data_offsets").get(0).getAsInt();
  }

  @Test
  void other_numbers_in_a_schedule_make_other_rates(@TempDir Path folder) throws IOException {
    Path copy = copy("optim/schedules", folder);
    replace(copy.resolve("case.json"), "\"floor\": 1e-06", "\"floor\": 1e-05");

    assertThat(GoldenCases.run(copy).toString()).startsWith("FAIL schedules cosine[17] is ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "optim/steps|\"adam\"|\"lion\"|optimizer lion",
        "optim/steps|\"momentum\"|\"dampening\"|sgd_nesterov with dampening",
        "optim/steps|sum(sin b)|sum(cos b)|objective sum((w A)^2) + sum(cos b)",
        "optim/schedules|\"poly\"|\"step\"|schedule step",
        "recipe/convnext_micro|AdamW lr|LAMB lr|recipe LAMB lr",
        "recipe/convnext_micro|arange(8)|ones(8)|labels ones(8) % classes",
      })
  void what_is_not_known_is_skipped_and_named(
      String original, String known, String unknown, String why, @TempDir Path folder)
      throws IOException {
    Path copy = copy(original, folder);
    replace(copy.resolve("case.json"), known, unknown);

    assertThat(GoldenCases.run(copy).toString())
        .startsWith("SKIP " + copy.getFileName() + " unsupported-kind: " + why);
  }

  @Test
  void a_case_of_no_known_kind_is_skipped(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("case.json"), "{\"stats_order\": \"AP\", \"stats\": [0]}");

    assertThat(GoldenCases.run(folder).toString())
        .isEqualTo(
            "SKIP "
                + folder.getFileName()
                + " unsupported-kind: case.json has the keys stats_order, stats");
  }

  @Test
  void an_unknown_network_is_skipped(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("case.json"),
        "{\"model\": \"capsnet\", \"dialect\": \"x\", \"manifest\": [], \"inputs\": {}}");

    assertThat(GoldenCases.run(folder).toString())
        .isEqualTo("SKIP " + folder.getFileName() + " unsupported-kind: model capsnet");
  }

  @Test
  void a_broken_case_fails_in_one_line(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("case.json"), "{\n\"model\": ");

    assertThat(GoldenCases.run(folder).toString()).startsWith("FAIL ").doesNotContain("\n");
  }

  @Test
  void a_folder_that_is_absent_is_an_error(@TempDir Path folder) {
    assertThatThrownBy(() -> GoldenCases.find(List.of(folder.resolve("none"))))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("none");
  }
}
