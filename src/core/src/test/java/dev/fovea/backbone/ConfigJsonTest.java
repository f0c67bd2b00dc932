package dev.fovea.backbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.Fovea;
import dev.fovea.model.MaskedAutoencoder;
import dev.fovea.model.SegFormer;
import dev.fovea.model.VisionTransformer;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigJsonTest {

  static Stream<String> presets() {
    return Fovea.registry().names().stream();
  }

  @ParameterizedTest
  @MethodSource("presets")
  void every_preset_is_read_back_from_its_text(String preset) throws IOException {
    readBack(Fovea.registry().family(preset), preset);
  }

  private static <C extends ModelConfig<C>> void readBack(Family<C> family, String preset)
      throws IOException {
    C config = family.preset(preset).orElseThrow();
    C other = family.presets().get(0).config();
    assertThat(ConfigJson.read(other, ConfigJson.write(config), "text")).isEqualTo(config);
  }

  @Test
  void components_that_are_not_named_stay() throws IOException {
    assertThat(
            ConfigJson.read(
                VisionTransformer.Config.BASE, "{\"pool\": \"MEAN\", \"imageSize\": 384}", "text"))
        .isEqualTo(
            VisionTransformer.Config.BASE.withPool(VisionTransformer.Pool.MEAN).withImageSize(384));
    assertThat(
            ConfigJson.read(
                SegFormer.Config.B0, "{\"encoder\": {\"normEps\": 1e-6}, \"classes\": 7}", "text"))
        .isEqualTo(
            SegFormer.Config.B0
                .withEncoder(SegFormer.Config.B0.encoder().withNormEps(1e-6))
                .withClasses(7));
    assertThat(
            ConfigJson.read(MaskedAutoencoder.Config.BASE, "{\"normalizedTargets\":false}", "text")
                .normalizedTargets())
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"layers\": 3}",
        "{\"depths\": [1, 2]}",
        "{\"depths\": [1, 2, 3, 2.5]}",
        "{\"depths\": 4}",
        "{\"classes\": -1}",
        "{\"classes\": \"7\"}",
        "{\"classes\": 1e12}",
        "{\"dropPath\": 1e999}",
        "{\"responseNorm\": 1}",
        "{\"classes\": 7, \"classes\": 8}",
        "{\"classes\": 7} {}",
        "{\"classes\": 7,}",
        "[]",
        "",
      })
  void what_is_no_configuration_is_refused_by_name(String text) {
    assertThatThrownBy(
            () -> ConfigJson.read(dev.fovea.model.ConvNeXt.Config.TINY, text, "the file"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the file");
  }

  @Test
  void a_text_nested_without_end_is_refused() {
    String deep = "{\"a\":".repeat(100_000);
    assertThatThrownBy(() -> ConfigFields.parse(deep, "deep"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("deep");
  }

  @Test
  void a_number_of_a_million_digits_is_refused() {
    assertThatThrownBy(() -> ConfigFields.parse("{\"a\":" + "9".repeat(1_000_000) + "}", "long"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("long");
  }

  @Test
  void another_value_than_the_supported_one_is_named() throws IOException {
    ConfigFields fields =
        ConfigFields.parse("{\"act\": \"relu\", \"sizes\": [7, 3.0], \"none\": null}", "f.json");
    fields.expect("sizes", java.util.List.of(7, 3));
    fields.expect("none", 5);
    fields.expect("absent", 5);
    assertThatThrownBy(() -> fields.expect("act", "gelu"))
        .isInstanceOf(IOException.class)
        .hasMessage("f.json: act is \"relu\"; only \"gelu\" is supported");
  }
}
