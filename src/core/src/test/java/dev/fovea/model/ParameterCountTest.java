package dev.fovea.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import dev.fovea.Fovea;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The number of parameters of every preset that others publish, as their code counts it: timm
 * 1.0.31, torchvision 0.22.1, transformers 4.46.3. Shapes suffice, so nothing is allocated.
 */
class ParameterCountTest {

  /** One network, and the parameters that it must have; running statistics are none. */
  record Count(String preset, int classes, long parameters) {}

  static final List<Count> PUBLISHED =
      List.of(
          new Count("segformer_b0", 150, 3_752_694L),
          new Count("segformer_b0", 19, 3_719_027L),
          new Count("segformer_b1", 150, 13_715_798L),
          new Count("segformer_b1", 19, 13_682_131L),
          new Count("segformer_b2", 150, 27_461_974L),
          new Count("segformer_b2", 19, 27_361_235L),
          new Count("segformer_b3", 150, 47_337_814L),
          new Count("segformer_b3", 19, 47_237_075L),
          new Count("segformer_b4", 150, 64_108_374L),
          new Count("segformer_b4", 19, 64_007_635L),
          new Count("segformer_b5", 150, 84_708_694L),
          new Count("segformer_b5", 19, 84_607_955L),
          new Count("mit_b0", 0, 3_319_392L),
          new Count("mit_b0", 1000, 3_576_392L),
          new Count("mit_b1", 0, 13_151_424L),
          new Count("mit_b1", 1000, 13_664_424L),
          new Count("mit_b2", 0, 24_196_288L),
          new Count("mit_b2", 1000, 24_709_288L),
          new Count("mit_b3", 0, 44_072_128L),
          new Count("mit_b3", 1000, 44_585_128L),
          new Count("mit_b4", 0, 60_842_688L),
          new Count("mit_b4", 1000, 61_355_688L),
          new Count("mit_b5", 0, 81_443_008L),
          new Count("mit_b5", 1000, 81_956_008L),
          new Count("convnext_atto", 1000, 3_695_520L),
          new Count("convnext_femto", 1000, 5_217_784L),
          new Count("convnext_pico", 1000, 9_045_672L),
          new Count("convnext_nano", 1000, 15_593_560L),
          new Count("convnext_tiny", 1000, 28_589_128L),
          new Count("convnext_small", 1000, 50_223_688L),
          new Count("convnext_base", 1000, 88_591_464L),
          new Count("convnext_large", 1000, 197_767_336L),
          new Count("convnext_xlarge", 1000, 350_196_968L),
          new Count("convnextv2_atto", 1000, 3_708_400L),
          new Count("convnextv2_femto", 1000, 5_233_240L),
          new Count("convnextv2_pico", 1000, 9_066_280L),
          new Count("convnextv2_nano", 1000, 15_623_800L),
          new Count("convnextv2_tiny", 1000, 28_635_496L),
          new Count("convnextv2_base", 1000, 88_717_800L),
          new Count("convnextv2_large", 1000, 197_956_840L),
          new Count("convnextv2_huge", 1000, 660_289_640L),
          new Count("resnet18", 1000, 11_689_512L),
          new Count("resnet34", 1000, 21_797_672L),
          new Count("resnet50", 1000, 25_557_032L),
          new Count("resnet101", 1000, 44_549_160L),
          new Count("resnet152", 1000, 60_192_808L),
          new Count("vit_tiny", 1000, 5_717_416L),
          new Count("vit_small", 1000, 22_050_664L),
          new Count("vit_base", 0, 85_798_656L),
          new Count("vit_base", 1000, 86_567_656L),
          new Count("vit_large", 0, 303_301_632L),
          new Count("vit_large", 1000, 304_326_632L),
          new Count("vit_huge", 0, 630_764_800L),
          new Count("vit_huge", 1000, 632_045_800L),
          new Count("mae_vit_base", 0, 111_907_840L),
          new Count("mae_vit_large", 0, 329_541_888L),
          new Count("mae_vit_huge", 0, 657_074_508L));

  @ParameterizedTest
  @FieldSource("PUBLISHED")
  void a_network_has_as_many_parameters_as_the_published_one(Count count) {
    Block network = Fovea.registry().config(count.preset()).withClasses(count.classes()).build();
    long parameters =
        network.getParameters().values().stream()
            .filter(p -> p.getType() != Parameter.Type.RUNNING_MEAN)
            .filter(p -> p.getType() != Parameter.Type.RUNNING_VAR)
            .mapToLong(p -> p.getShape().size())
            .sum();
    assertThat(parameters).isEqualTo(count.parameters());
  }

  @ParameterizedTest
  @CsvSource({"mae_vit_base, 111655680", "mae_vit_large, 329239296", "mae_vit_huge, 656613964"})
  void the_position_tables_of_a_masked_autoencoder_are_not_trained(String name, long trained) {
    Block network = Fovea.registry().config(name).build();
    assertThat(
            network.getParameters().values().stream()
                .filter(Parameter::requiresGradient)
                .mapToLong(p -> p.getShape().size())
                .sum())
        .isEqualTo(trained);
  }

  @Test
  void only_the_library_s_own_sizes_are_left_out() {
    Set<String> others = new TreeSet<>(Fovea.registry().names());
    PUBLISHED.forEach(count -> others.remove(count.preset()));
    assertThat(others).containsExactly("mae_nano", "mit_nano", "segformer_nano");
  }
}
