package dev.fovea.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubRepositoryTest {

  @Test
  void an_address_has_an_owner_a_name_and_perhaps_a_revision() {
    HubRepository main = HubRepository.parse("hf://nvidia/segformer-b0-finetuned-ade-512-512");
    assertThat(main)
        .isEqualTo(new HubRepository("nvidia", "segformer-b0-finetuned-ade-512-512", "main"));
    assertThat(main).hasToString("hf://nvidia/segformer-b0-finetuned-ade-512-512");
    HubRepository other = HubRepository.parse("hf://timm/convnext_tiny.fb_in1k@refs/pr/1");
    assertThat(other.revision()).isEqualTo("refs/pr/1");
    assertThat(other).hasToString("hf://timm/convnext_tiny.fb_in1k@refs/pr/1");
    assertThat(other.isCommit()).isFalse();
    assertThat(other.at("0123456789abcdef0123456789abcdef01234567").isCommit()).isTrue();
  }

  @Test
  void a_files_address_is_escaped() {
    assertThat(
            HubRepository.parse("hf://a/b@v 1/x")
                .uri(URI.create("https://host/mirror/"), "sub/é 1%.bin"))
        .hasToString("https://host/mirror/a/b/resolve/v%201%2Fx/sub/%C3%A9%201%25.bin");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hf://a",
        "hf://a/b/c",
        "a/b",
        "https://a/b",
        "hf:///b",
        "hf://a/",
        "hf://a/b@",
        "hf://a/..",
        "hf://../b",
        "hf://a/b--c",
        "hf://a/b@..",
        "hf://a/b@x/../y",
        "hf://a/b@/x",
        "hf://a/b.git",
        "hf://a/b c",
        "hf://-a/b",
        "hf://a/b?x",
        "hf://a/b@x\u0000",
        "hf://a/b@c:d",
        ""
      })
  void anything_else_is_refused(String address) {
    assertThatIllegalArgumentException().isThrownBy(() -> HubRepository.parse(address));
  }

  @Test
  void a_name_is_not_endless() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HubRepository.parse("hf://a/" + "b".repeat(95)))
        .withMessageContaining("96");
    assertThat(HubRepository.parse("hf://a/" + "b".repeat(94)).owner()).isEqualTo("a");
  }
}
