package dev.fovea.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubEnvironmentTest {
  @TempDir Path home;

  private HubOptions options(Map<String, String> variables) {
    return new HubEnvironment(variables, k -> k.equals("user.home") ? home.toString() : null)
        .options();
  }

  @Test
  void without_a_word_it_is_the_hub_and_the_users_cache() {
    HubOptions options = options(Map.of());
    assertThat(options.endpoint()).isEqualTo(URI.create("https://huggingface.co"));
    assertThat(options.cache()).isEqualTo(home.resolve(".cache/fovea"));
    assertThat(options.otherCaches()).containsExactly(home.resolve(".cache/huggingface/hub"));
    assertThat(options.token()).isEmpty();
    assertThat(options.offline()).isFalse();
  }

  @Test
  void folders_follow_the_hubs_variables() {
    HubOptions options = options(Map.of("XDG_CACHE_HOME", "/x", "FOVEA_CACHE", "~/f"));
    assertThat(options.otherCaches()).containsExactly(Path.of("/x/huggingface/hub"));
    assertThat(options.cache()).isEqualTo(home.resolve("f"));
    assertThat(options(Map.of("HF_HOME", "/h")).otherCaches()).containsExactly(Path.of("/h/hub"));
    assertThat(options(Map.of("HF_HOME", "/h", "HF_HUB_CACHE", "/c")).otherCaches())
        .containsExactly(Path.of("/c"));
    assertThat(options(Map.of("FOVEA_CACHE", "/c", "HF_HUB_CACHE", "/c")).otherCaches()).isEmpty();
    HubOptions property =
        new HubEnvironment(Map.of("FOVEA_CACHE", "/c"), k -> k.equals("fovea.cache") ? "/p" : null)
            .options();
    assertThat(property.cache()).isEqualTo(Path.of("/p"));
  }

  @Test
  void the_token_is_a_variable_or_a_file() throws IOException {
    Path other = Files.writeString(home.resolve("other"), "hf_c\n");
    Files.createDirectories(home.resolve(".cache/huggingface"));
    Files.writeString(home.resolve(".cache/huggingface/token"), " hf_b\n");
    assertThat(options(Map.of()).token()).contains("hf_b");
    assertThat(options(Map.of("HF_TOKEN", "hf_a")).token()).contains("hf_a");
    assertThat(options(Map.of("HF_TOKEN_PATH", other.toString())).token()).contains("hf_c");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(Map.of("HF_TOKEN", "a\nb: c")))
        .withMessageContaining("token")
        .withMessageNotContaining("b: c");
  }

  @ParameterizedTest
  @CsvSource({
    "HF_HUB_OFFLINE,1,true", "HF_HUB_OFFLINE,ON,true", "TRANSFORMERS_OFFLINE,yes,true",
    "DJL_OFFLINE,true,true", "HF_HUB_OFFLINE,0,false", "HF_HUB_OFFLINE,maybe,false"
  })
  void offline_is_said_in_many_ways(String name, String value, boolean offline) {
    assertThat(options(Map.of(name, value)).offline()).isEqualTo(offline);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fovea.offline", "ai.djl.offline"})
  void offline_is_a_property_too(String name) {
    assertThat(
            new HubEnvironment(Map.of(), k -> k.equals(name) ? "true" : null).options().offline())
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"huggingface.co", "file:///a", "https://a?b", "not an address"})
  void an_endpoint_is_an_address(String endpoint) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options(Map.of("HF_ENDPOINT", endpoint)))
        .withMessageMatching("(?si).*endpoint.*");
  }
}
