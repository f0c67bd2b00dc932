package dev.fovea.testkit;

import static dev.fovea.testkit.TensorAssert.assertThatTensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LossFixtureTest {

  private static final Path FOLDER = Path.of("src/main/resources/dev/fovea/testkit/losses");

  static List<String> names() {
    return LossFixture.names();
  }

  @Test
  void every_folder_is_listed() throws IOException {
    try (Stream<Path> folders = Files.list(FOLDER)) {
      assertThat(folders.filter(Files::isDirectory).map(folder -> folder.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(LossFixture.names())
          .hasSizeGreaterThanOrEqualTo(18);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void a_fixture_has_inputs_parameters_and_finite_expectations(String name) {
    try (LossFixture fixture = LossFixture.load(name)) {
      assertThat(fixture.name()).isEqualTo(name);
      assertThat(fixture.parameters()).containsKey("loss");
      assertThatTensor(fixture.predictions()).hasType(DataType.FLOAT32).isFinite();
      assertThatTensor(fixture.labels()).isFinite();
      assertThatTensor(fixture.expectedLoss()).hasType(DataType.FLOAT64).isFinite();
      assertThatTensor(fixture.expectedGradient())
          .hasType(DataType.FLOAT64)
          .hasShape(fixture.predictions().getShape().getShape())
          .isFinite();
    }
  }

  @Test
  void parameters_are_those_of_the_case() {
    try (LossFixture fixture = LossFixture.load("softmax_focal_map_g2.0_w")) {
      assertThat(fixture.parameters())
          .containsEntry("gamma", 2.0)
          .containsEntry("class_alpha", List.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6))
          .containsEntry("ignore_index", null);
    }
  }

  @Test
  void a_folder_of_ones_own_is_read_in_the_same_way(@TempDir Path folder) throws IOException {
    for (String file : List.of("case.json", "inputs.safetensors", "expected.safetensors")) {
      Files.copy(FOLDER.resolve("giou").resolve(file), folder.resolve(file));
    }
    try (LossFixture fixture = LossFixture.read(folder)) {
      assertThatTensor(fixture.labels()).hasShape(40, 4);
    }
    Files.copy(folder.resolve("expected.safetensors"), folder.resolve("copy"));
    Files.delete(folder.resolve("inputs.safetensors"));
    Files.move(folder.resolve("copy"), folder.resolve("inputs.safetensors"));
    assertThatThrownBy(() -> LossFixture.read(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no tensor logits or predicted");
  }

  @Test
  void an_unknown_name_is_refused_with_the_known_ones() {
    assertThatThrownBy(() -> LossFixture.load("focal"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("There is no loss fixture focal; there are ciou, dice");
  }
}
