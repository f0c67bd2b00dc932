package dev.fovea.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fovea.cli.ImbalanceResult.Answer;
import dev.fovea.cli.ImbalanceResult.Row;
import dev.fovea.cli.ImbalanceResult.Run;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The demonstration of the losses for imbalanced classes. */
class ImbalanceTest {

  private static final List<Integer> RARE = List.of(0);

  @Test
  void the_command_writes_what_it_says(@TempDir Path folder) throws IOException {
    Path output = folder.resolve("new/imbalance");
    StringWriter out = new StringWriter();
    CommandLine line = Main.commandLine().setOut(new PrintWriter(out));
    line.getSubcommands().values().forEach(c -> c.setOut(new PrintWriter(out)));

    String[] arguments = {
      "imbalance", "--output", output.toString(), "--seeds", "1", "--epochs", "1", "--json"
    };
    assertThat(line.execute(arguments)).isZero();

    JsonObject result = JsonParser.parseString(out.toString()).getAsJsonObject();
    assertThat(JsonParser.parseString(Files.readString(output.resolve("results.json"))))
        .isEqualTo(result);
    List<String> names =
        result.getAsJsonArray("losses").asList().stream()
            .map(row -> row.getAsJsonObject().get("name").getAsString())
            .toList();
    assertThat(names)
        .containsExactly(
            "cross entropy",
            "alpha-balanced",
            "class-balanced",
            "focal 0.5",
            "focal 1",
            "focal 2",
            "focal 5",
            "focal 2 + alpha");
    JsonObject data = result.getAsJsonObject("data");
    List<Integer> train =
        data.getAsJsonArray("train").asList().stream().map(JsonElement::getAsInt).toList();
    assertThat(IntStream.range(0, 10).filter(digit -> train.get(digit) == 3).boxed())
        .containsExactly(3, 5, 8);
    // an epoch is enough to be better than chance on the common digits
    for (JsonElement row : result.getAsJsonArray("losses")) {
      JsonObject common = row.getAsJsonObject().getAsJsonObject("commonRecall");
      assertThat(common.get("mean").getAsDouble()).isBetween(15.0, 100.0);
      assertThat(common.has("deviation")).isFalse(); // of one seed there is none
    }
    for (String picture : List.of("focal", "recall", "digits")) {
      assertThat(ImageIO.read(output.resolve(picture + ".png").toFile()).getWidth())
          .isGreaterThan(900);
    }
    assertThat(Files.readString(output.resolve("report.html")).toLowerCase(Locale.ROOT))
        .startsWith("<!doctype html>")
        .contains("focal 0.5")
        .doesNotContain("http://")
        .doesNotContain("https://")
        .doesNotContain("<script");
  }

  @Test
  void numbers_are_means_and_sample_deviations_over_seeds() {
    Row row =
        Row.of(
            "loss",
            Answer.FOCUS,
            RARE,
            List.of(
                new Run(1, List.of(10.0, 90.0, 80.0), 70),
                new Run(2, List.of(30.0, 90.0, 100.0), 80)));
    assertThat(row.rareRecall().mean()).isEqualTo(20);
    assertThat(row.rareRecall().deviation()).isCloseTo(Math.sqrt(200), within(1e-9));
    assertThat(row.commonRecall().mean()).isEqualTo(90);
    assertThat(row.balancedAccuracy().mean()).isCloseTo((60 + 220 / 3.0) / 2, within(1e-9));
    assertThat(row.accuracy().mean()).isEqualTo(75);
    assertThat(row.recall().get(1).deviation()).isZero();
  }

  @Test
  void a_loss_wins_the_seeds_in_which_it_finds_more_of_what_is_rare() {
    Row plain = row("cross entropy", Answer.NONE, 10, 20, 30);
    Row mixed = row("focal 2", Answer.FOCUS, 20, 20, 10);
    ImbalanceResult result = result(plain, mixed);
    assertThat(result.wins(mixed)).isEqualTo(1);
    assertThat(ImbalanceReport.conclusion(result))
        .contains("cross entropy recognizes 20.0 ± 10.0 %")
        .contains("Focusing alone: focal 2 16.7 ± 5.8 (better in 1 of 3).");
  }

  @Test
  void the_curves_are_those_of_the_paper() {
    FocalCurve plain = FocalCurve.of(0);
    FocalCurve focal = FocalCurve.of(2);
    int half = plain.probability().indexOf(0.5);
    assertThat(plain.loss().get(half)).isCloseTo(Math.log(2), within(1e-9));
    assertThat(plain.gradient().get(half)).isCloseTo(0.5, within(1e-9));
    assertThat(focal.loss().get(half)).isCloseTo(Math.log(2) / 4, within(1e-9));
    // appendix B: (1 - p)^gamma (gamma p log p + p - 1)
    assertThat(focal.gradient().get(half)).isCloseTo(0.25 * (Math.log(2) + 0.5), within(1e-9));
  }

  private static Row row(String name, Answer answer, double... rare) {
    List<Run> runs =
        IntStream.range(0, rare.length)
            .mapToObj(i -> new Run(i + 1, List.of(rare[i], 50.0), 40))
            .toList();
    return Row.of(name, answer, RARE, runs);
  }

  private static ImbalanceResult result(Row... rows) {
    ImbalanceResult.Data data =
        new ImbalanceResult.Data(RARE, List.of(3L, 100L), List.of(30L, 30L));
    return new ImbalanceResult(Map.of(), data, List.of(rows), 1);
  }
}
