package dev.fovea.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LossCaseTest {

  private static final Path CASES = Path.of("src/test/resources/golden/losses");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "tversky, 0.3, 0.4, FAIL",
    "tversky, 0.7, 0.6, FAIL",
    "tversky, 1.0, 2.0, FAIL",
    "dice, 1.0, 2.0, FAIL",
    "lovasz_softmax, false, true, FAIL",
    "label_smoothing, 0.1, 0.2, FAIL",
    "giou, none, sum, FAIL",
    "sigmoid_focal_a0.25_g2.0, 0.25, 0.5, FAIL",
    "softmax_focal_rows_g1.5_n_ignore, 1.5, 1.0, FAIL",
    "softmax_focal_map_g1.5_n_ignore, 255, 3, FAIL",
    "softmax_focal_rows_g2.0_w, 0.1, 0.3, FAIL",
    "tversky, tversky, tanimoto, SKIP",
    "lovasz_softmax, all, some, SKIP",
    "diou, x1 y1 x2 y2, cx cy w h, SKIP",
    "ciou, none, median, SKIP",
    "dice, batch and space, space, SKIP",
  })
  void every_choice_in_case_json_has_an_effect(
      String name, String said, String instead, String outcome) throws IOException {
    for (String file : List.of("case.json", "inputs.safetensors", "expected.safetensors")) {
      Files.copy(CASES.resolve(name).resolve(file), folder.resolve(file));
    }
    assertThat(GoldenCases.run(folder)).isInstanceOf(Outcome.Pass.class);

    Path json = folder.resolve("case.json");
    String text = Files.readString(json);
    assertThat(text).contains(said);
    Files.writeString(json, text.replace(said, instead));

    assertThat(GoldenCases.run(folder).toString()).startsWith(outcome);
  }
}
