package dev.fovea.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PatchEmbedTest {

  private final NDManager manager = NDManager.newBaseManager();
  private final PatchEmbed embed = new PatchEmbed(4, 2, 1);
  private final Forward pass = new Forward(new ParameterStore(manager, false), false);

  @BeforeEach
  void initialize() {
    embed.initialize(manager);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void patches_stand_row_by_row() {
    NDArray weight = embed.getParameters().get("proj.weight").getArray();
    weight.setRequiresGradient(false);
    weight.set(new float[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}); // the upper left red pixel
    NDArray image = manager.arange(48f).reshape(1, 3, 4, 4);

    NDArray tokens = embed.forward(image, pass);

    assertThat(tokens.getShape()).isEqualTo(new Shape(1, 4, 1));
    assertThat(tokens.toFloatArray()).containsExactly(0, 2, 8, 10);
  }

  @Test
  void an_image_of_another_size_is_refused() {
    assertThatThrownBy(() -> embed.forward(manager.zeros(new Shape(1, 3, 4, 6)), pass))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(1, 3, 4, 6)")
        .hasMessageContaining("(B, 3, 4, 4)")
        .hasMessageContaining("imageSize");
  }
}
