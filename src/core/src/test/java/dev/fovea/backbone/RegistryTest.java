package dev.fovea.backbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.fovea.Fovea;
import dev.fovea.model.ConvNeXt;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegistryTest {

  private final Registry registry = Fovea.registry();

  @Test
  void lists_presets_by_family_smallest_first() {
    assertThat(registry.names())
        .containsSubsequence(
            "segformer_nano", "segformer_b0", "segformer_b5", "mit_b0", "convnext_tiny");
    assertThat(registry.family("convnext_base").name()).isEqualTo("convnext");
  }

  @Test
  void an_unknown_name_is_answered_with_the_nearest() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> registry.config("convnext_tin"))
        .withMessageContaining("convnext_tin")
        .withMessageContaining("convnext_tiny");
  }

  @Test
  void a_name_given_twice_is_refused() {
    Family<?> family = ConvNeXt.FAMILY;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Registry.of(List.of(family, family)))
        .withMessageContaining("convnext_atto");
  }

  @Test
  void a_network_without_feature_maps_is_no_backbone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> registry.backbone("segformer_b0"))
        .withMessageContaining("segformer_b0");
  }

  @Test
  void a_backbone_has_no_head() {
    assertThat(registry.backbone("convnext_atto").getParameters().keys())
        .noneMatch(path -> path.startsWith("head"));
  }

  @Test
  void an_unknown_dialect_is_answered_with_those_there_are() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConvNeXt.FAMILY.published("keras"))
        .withMessageContaining("keras")
        .withMessageContaining("timm");
  }

  @Test
  void sizes_are_checked() {
    ConvNeXt.Config tiny = ConvNeXt.Config.TINY;
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new ConvNeXt.Config(List.of(3, 3, 9), tiny.dims(), 10, 0, 1e-6, false, 1e-6))
        .withMessageContaining("depths")
        .withMessageContaining("[3, 3, 9]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tiny.withClasses(-1))
        .withMessageContaining("-1");
  }
}
