package dev.fovea.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.fovea.nn.Forward;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MaskedAutoencoderTest {

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private static VisionTransformer.Config vit(int imageSize, int patch) {
    return new VisionTransformer.Config(
        imageSize, patch, 8, 1, 2, 0, VisionTransformer.Pool.TOKEN, 0, 1e-6, 3);
  }

  private static MaskedAutoencoder.Config config(double maskRatio, boolean normalized) {
    return new MaskedAutoencoder.Config(vit(4, 2), vit(4, 2), maskRatio, normalized);
  }

  private MaskedAutoencoder network() {
    MaskedAutoencoder network = config(0.5, false).build();
    network.initialize(manager);
    return network;
  }

  private Forward pass() {
    return new Forward(new ParameterStore(manager, false), false);
  }

  @Test
  void the_patches_of_the_smallest_noise_are_kept() {
    NDArray noise = manager.create(new float[] {0.9f, 0.1f, 0.8f, 0.3f}, new Shape(1, 4));

    MaskedAutoencoder.Encoded encoded =
        network().encode(manager.ones(new Shape(1, 3, 4, 4)), noise, pass());

    assertThat(encoded.mask().toFloatArray()).containsExactly(1, 0, 1, 0);
    assertThat(encoded.restore().toLongArray()).containsExactly(3, 0, 2, 1);
    assertThat(encoded.latent().getShape()).isEqualTo(new Shape(1, 3, 8));
  }

  @Test
  void removed_patches_have_no_influence() {
    MaskedAutoencoder network = network();
    NDArray image = manager.randomNormal(new Shape(1, 3, 4, 4));
    NDArray changed = image.duplicate();
    changed.set(new NDIndex(":, :, :2, :2"), 5); // patch 0, which is removed
    NDArray noise = manager.create(new float[] {0.9f, 0.1f, 0.8f, 0.3f}, new Shape(1, 4));
    ParameterStore store = new ParameterStore(manager, false);

    NDList one = network.forward(store, new NDList(image, noise), false);
    NDList other = network.forward(store, new NDList(changed, noise), false);

    assertThat(other.get(0).toFloatArray()).isEqualTo(one.get(0).toFloatArray());
  }

  @Test
  void without_noise_it_masks_at_random() {
    MaskedAutoencoder network = MaskedAutoencoder.Config.NANO.build();
    network.initialize(manager);
    NDArray image = manager.zeros(new Shape(2, 3, 96, 96));
    NDArray mask =
        network.forward(new ParameterStore(manager, false), new NDList(image), false).get(1);

    assertThat(mask.sum(new int[] {1}).toFloatArray()).containsExactly(108, 108); // 0.75 of 144
    assertThat(mask.get(0).toFloatArray()).isNotEqualTo(mask.get(1).toFloatArray());
  }

  /** A patch is compared by rows, then columns, then channels. */
  @Test
  void a_perfect_prediction_has_no_loss() {
    NDArray image = manager.arange(48f).reshape(1, 3, 4, 4);
    float[] prediction = new float[48];
    for (int i = 0; i < 48; i++) {
      int patch = i / 12;
      int row = patch / 2 * 2 + i % 12 / 6;
      int column = patch % 2 * 2 + i % 6 / 3;
      prediction[i] = i % 3 * 16 + row * 4 + column;
    }
    NDArray got =
        new MaskedAutoencoderLoss(config(0.5, false))
            .apply(
                image,
                manager.create(prediction, new Shape(1, 4, 12)),
                manager.ones(new Shape(1, 4)));
    assertThat(got.getFloat()).isZero();
  }

  @Test
  void the_loss_is_the_mean_square_over_removed_patches_alone() {
    NDArray image = manager.zeros(new Shape(1, 3, 4, 4));
    NDArray prediction = manager.zeros(new Shape(1, 4, 12));
    prediction.set(new NDIndex("0, 1"), 3); // removed: 9
    prediction.set(new NDIndex("0, 2"), 100); // kept
    NDArray mask = manager.create(new float[] {1, 1, 0, 0}, new Shape(1, 4));

    NDArray loss = new MaskedAutoencoderLoss(config(0.5, false)).apply(image, prediction, mask);

    assertThat(loss.getFloat()).isEqualTo(4.5f); // of 0 and 9
    assertThat(image.getManager()).isSameAs(manager);
  }

  /** Of pixels 0 to 11, say: mean 5.5, unbiased variance 13. */
  @Test
  void normalized_targets_have_the_unbiased_variance() {
    NDArray patch = manager.arange(12f).reshape(2, 2, 3).transpose(2, 0, 1).expandDims(0);
    NDArray image = patch.concat(patch, 2);
    image = image.concat(image, 3); // (1, 3, 4, 4)
    NDArray prediction = manager.zeros(new Shape(1, 4, 12));

    NDArray loss =
        new MaskedAutoencoderLoss(config(0.5, true))
            .apply(image, prediction, manager.ones(new Shape(1, 4)));

    assertThat((double) loss.getFloat()).isCloseTo(11.0 / 12, within(1e-5)); // sum 143 of 12, / 13
  }

  @Test
  void as_a_loss_of_djl_it_takes_images_and_what_the_network_gives() {
    MaskedAutoencoder network = network();
    NDArray image = manager.randomNormal(new Shape(2, 3, 4, 4));
    NDList outputs = network.forward(new ParameterStore(manager, false), new NDList(image), false);
    MaskedAutoencoderLoss loss = new MaskedAutoencoderLoss(config(0.5, false));

    assertThat(loss.evaluate(new NDList(image), outputs).getFloat())
        .isEqualTo(network.loss(image, outputs.get(0), outputs.get(1)).getFloat())
        .isPositive();
    assertThatThrownBy(() -> loss.evaluate(new NDList(image), new NDList(outputs.head())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 and 1 arrays");
  }

  @Test
  void noise_of_another_size_is_refused() {
    NDArray image = manager.ones(new Shape(1, 3, 4, 4));
    assertThatThrownBy(() -> network().encode(image, manager.ones(new Shape(1, 3)), pass()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4 patches")
        .hasMessageContaining("(1, 3)");
  }

  @Test
  void sizes_that_do_not_fit_are_refused() {
    for (double ratio : new double[] {0, 1, -1, 0.9, Double.NaN}) {
      assertThatThrownBy(() -> config(ratio, true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(String.valueOf(ratio));
    }
    assertThatThrownBy(() -> new MaskedAutoencoder.Config(vit(4, 2), vit(8, 2), 0.5, true))
        .hasMessageContaining("must agree");
    assertThatThrownBy(() -> vit(10, 4)).hasMessageContaining("patch 4, imageSize 10");
  }
}
