package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import dev.fovea.backbone.ConfigJson;
import dev.fovea.model.MixTransformer;
import dev.fovea.nn.Layer;
import dev.fovea.weights.Dialect;
import dev.fovea.weights.SafeTensors;
import dev.fovea.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoveaTest {

  @Test
  void provenance_is_kept_in_the_weight_file(@TempDir Path folder) throws IOException {
    try (Model model = Fovea.newModel("mit_nano", 3)) {
      Path file = Fovea.save(model, folder, Map.of("recipe", "none", "seed", "7"));
      try (SafeTensors weights = SafeTensors.open(file)) {
        assertThat(weights.metadata())
            .containsEntry("recipe", "none")
            .containsEntry("seed", "7")
            .containsEntry("fovea.model", "mit_nano")
            .containsEntry("fovea.classes", "3")
            .containsKey("fovea.version");
        assertThat(weights.verify()).isTrue();
      }
    }
  }

  @Test
  void a_folder_without_weights_is_named(@TempDir Path folder) {
    assertThatThrownBy(() -> Fovea.load(folder))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(Fovea.WEIGHTS);
  }

  @Test
  void weights_that_do_not_say_what_they_are_are_known_by_their_names(@TempDir Path folder)
      throws IOException {
    try (Model model = Fovea.newModel("mit_nano", 3)) {
      Path file = folder.resolve(Fovea.WEIGHTS);
      StateDict.of(model.getBlock()).save(file, Dialect.of("fovea"), Map.of());
      try (Model again = Fovea.load(file)) {
        assertThat(again.getProperty("fovea.model")).isEqualTo("mit_nano");
        assertThat(again.getProperty("fovea.classes")).isEqualTo("3");
      }
    }
  }

  @Test
  void weights_of_an_unknown_network_are_not_guessed(@TempDir Path folder) throws IOException {
    try (Model model = Model.newInstance("mine")) {
      Path file = folder.resolve("mine.safetensors");
      MixTransformer.Config odd =
          ConfigJson.read(MixTransformer.Config.NANO, "{\"depths\": [1, 1, 1, 1]}", "odd");
      model.setBlock(odd.build());
      ((Layer) model.getBlock()).initialize(model.getNDManager());
      StateDict.of(model.getBlock()).save(file, Dialect.of("fovea"), Map.of());
      assertThatThrownBy(() -> Fovea.load(folder))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("mine.safetensors")
          .hasMessageContaining("config.json");
    }
  }

  @Test
  void a_folder_with_two_files_of_weights_is_not_guessed(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("one.pth"), "");
    Files.writeString(folder.resolve("two.pth"), "");
    assertThatThrownBy(() -> Fovea.load(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("one.pth")
        .hasMessageContaining("two.pth");
  }

  @Test
  void a_model_made_elsewhere_is_not_saved_without_its_name(@TempDir Path folder) {
    try (Model model = Model.newInstance("mine")) {
      model.setBlock(MixTransformer.Config.NANO.build());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Fovea.save(model, folder, Map.of()))
          .withMessageContaining("mine");
      assertThat(folder).isEmptyDirectory();
    }
  }

  @Test
  void a_broken_file_is_refused_by_name(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve(Fovea.WEIGHTS), "not weights");
    assertThatThrownBy(() -> Fovea.load(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(Fovea.WEIGHTS);
  }

  @Test
  void a_file_that_names_an_unknown_network_is_refused_by_name(@TempDir Path folder)
      throws IOException {
    SafeTensors.write(
        folder.resolve(Fovea.WEIGHTS),
        Map.of(),
        Map.of("fovea.model", "mit_nan", "fovea.classes", "3"));
    assertThatThrownBy(() -> Fovea.load(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(Fovea.WEIGHTS)
        .hasMessageContaining("mit_nano");
    SafeTensors.write(
        folder.resolve(Fovea.WEIGHTS),
        Map.of(),
        Map.of("fovea.model", "mit_nano", "fovea.classes", "three"));
    assertThatThrownBy(() -> Fovea.load(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("three");
  }
}
