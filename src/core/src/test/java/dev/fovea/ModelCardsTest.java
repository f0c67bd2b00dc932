package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.nn.Parameter;
import dev.fovea.backbone.Family;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cards in the folder {@code models} tell the truth about the registry. */
class ModelCardsTest {

  private static final Path CARDS = Path.of("../../models");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| ([a-z0-9_]+) \\| ([0-9,]+) \\|");

  static Stream<Family<?>> families() {
    return Fovea.registry().families().stream();
  }

  @ParameterizedTest
  @MethodSource("families")
  void a_card_counts_the_parameters_of_every_preset(Family<?> family) throws IOException {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Family.Preset<?> preset : family.presets()) {
      counts.put(preset.name(), parameters(preset.name()));
    }
    Map<String, Long> onTheCard = new LinkedHashMap<>();
    Matcher row = ROW.matcher(Files.readString(card(family)));
    while (row.find()) {
      onTheCard.put(row.group(1), Long.parseLong(row.group(2).replace(",", "")));
    }
    assertThat(onTheCard).isEqualTo(counts);
  }

  @ParameterizedTest
  @MethodSource("families")
  void a_card_names_every_dialect(Family<?> family) throws IOException {
    String text = Files.readString(card(family));
    family.published().forEach(p -> assertThat(text).contains("`" + p.dialect().name() + "`"));
  }

  @Test
  void the_overview_links_every_card() throws IOException {
    String overview = Files.readString(CARDS.resolve("README.md"));
    families().forEach(f -> assertThat(overview).contains("(" + f.name() + ".md)"));
  }

  private static Path card(Family<?> family) {
    return CARDS.resolve(family.name() + ".md");
  }

  /** Of the shapes alone: no array is made. */
  private static long parameters(String preset) {
    return Fovea.registry().config(preset).build().getParameters().values().stream()
        .filter(Parameter::requiresGradient)
        .mapToLong(p -> p.getShape().size())
        .sum();
  }
}
