package dev.fovea.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import dev.fovea.Fovea;
import dev.fovea.backbone.Backbone;
import dev.fovea.backbone.FeatureInfo;
import dev.fovea.backbone.ModelConfig;
import dev.fovea.nn.Forward;
import dev.fovea.nn.Layer;
import dev.fovea.train.AutogradParameters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every network of the catalogue keeps. A new family is tested by being listed: its smallest
 * preset in every build, all its presets in that of the night.
 */
class ModelContractTest {

  /** The smallest preset of each family, and the paper's own smallest; or all. */
  static Stream<String> networks() {
    if (Boolean.getBoolean("fovea.nightly")) {
      return every_preset();
    }
    List<String> names = new ArrayList<>();
    Fovea.registry().families().forEach(family -> names.add(family.presets().get(0).name()));
    names.addAll(List.of("segformer_b0", "mit_b0", "convnext_tiny"));
    return names.stream().distinct();
  }

  static Stream<String> every_preset() {
    return Fovea.registry().names().stream();
  }

  /** Those that have a head; the others paint images. */
  static Stream<String> classifiers() {
    return networks().filter(name -> Fovea.registry().config(name).classes() > 0);
  }

  static Stream<String> backbones() {
    return networks().filter(name -> Fovea.registry().config(name).build() instanceof Backbone);
  }

  @ParameterizedTest
  @MethodSource("every_preset")
  void builds_with_any_number_of_classes_or_has_none(String name) {
    ModelConfig<?> config = Fovea.registry().config(name);
    if (config.classes() == 0) {
      assertThat(config.withClasses(0)).isEqualTo(config);
      assertThatThrownBy(() -> config.withClasses(3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("3");
      return;
    }
    long few = size(config.withClasses(2).build());
    long more = size(config.withClasses(3).build());
    assertThat(more).isGreaterThan(few);
  }

  @ParameterizedTest
  @MethodSource("classifiers")
  void gives_one_logit_per_class(String name) {
    try (Model model = Fovea.newModel(name, 7);
        NDManager manager = model.getNDManager().newSubManager()) {
      NDList inputs = inputs(name, manager, 2);
      Shape logits = forward(model.getBlock(), inputs).singletonOrThrow().getShape();
      assertThat(logits.get(0)).isEqualTo(2);
      assertThat(logits.get(1)).isEqualTo(7);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void gives_what_its_output_shapes_say(String name) {
    try (Model model = model(name);
        NDManager manager = model.getNDManager().newSubManager()) {
      NDList inputs = inputs(name, manager, 2);
      assertThat(model.getBlock().getOutputShapes(inputs.getShapes()))
          .containsExactly(forward(model.getBlock(), inputs).getShapes());
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void takes_the_smallest_image_and_says_its_size_where_one_is_smaller(String name) {
    ModelConfig<?> config = Fovea.registry().config(name);
    int smallest = config.smallestImage();
    try (Model model = model(name);
        NDManager manager = model.getNDManager().newSubManager()) {
      NDList inputs = inputs(name, manager, 1);
      inputs.set(0, manager.randomNormal(new Shape(1, 3, smallest, smallest)));
      NDArray output = forward(model.getBlock(), inputs).head();
      assertThat(output.isInfinite().logicalOr(output.isNaN()).any().getBoolean()).isFalse();
      for (Shape small : smaller(smallest)) {
        inputs.set(0, manager.randomNormal(small));
        assertThatThrownBy(() -> forward(model.getBlock(), inputs))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(small.toString())
            .hasMessageContaining(String.valueOf(smallest));
      }
    }
    if (config.imageSize() == 0 && smallest > 1) {
      assertThatThrownBy(() -> config.withImageSize(smallest - 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("images of " + smallest + " pixels or more, got " + (smallest - 1));
    }
  }

  private static List<Shape> smaller(int side) {
    return side == 1
        ? List.of()
        : List.of(new Shape(1, 3, side - 1, side), new Shape(1, 3, side, side - 1));
  }

  @ParameterizedTest
  @MethodSource("backbones")
  void features_have_the_channels_and_strides_that_the_levels_say(String name) {
    Backbone backbone = Fovea.backbone(name);
    try (NDManager manager = NDManager.newBaseManager()) {
      ((Layer) backbone).initialize(manager);
      Forward pass = new Forward(new ParameterStore(manager, false), false);
      NDArray image = inputs(name, manager, 2).head();
      long height = image.getShape().get(2);
      long width = image.getShape().get(3);
      List<NDArray> maps = backbone.features(image, pass);
      assertThat(maps).hasSameSizeAs(backbone.levels());
      for (int i = 0; i < maps.size(); i++) {
        FeatureInfo level = backbone.levels().get(i);
        long stride = level.stride();
        assertThat(maps.get(i).getShape())
            .isEqualTo(new Shape(2, level.channels(), height / stride, width / stride));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backbones")
  void carries_the_head_of_segformer(String name) {
    try (NDManager manager = NDManager.newBaseManager()) {
      Backbone backbone = Fovea.backbone(name);
      SegFormer segformer = new SegFormer(backbone, 32, 4);
      segformer.initialize(manager);
      NDArray image = inputs(name, manager, 1).head();
      long stride = backbone.levels().get(0).stride();
      assertThat(forward(segformer, new NDList(image)).singletonOrThrow().getShape())
          .isEqualTo(
              new Shape(1, 4, image.getShape().get(2) / stride, image.getShape().get(3) / stride));
    }
  }

  /** In inference form, since drop path may well drop both images of a block. */
  @ParameterizedTest
  @MethodSource("networks")
  void every_parameter_gets_a_gradient(String name) {
    try (Model model = model(name);
        NDManager manager = model.getNDManager().newSubManager()) {
      Layer network = (Layer) model.getBlock();
      AutogradParameters parameters = new AutogradParameters(manager, network.getParameters());
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        Forward pass = new Forward(parameters, false, true);
        NDArray output = network.forward(inputs(name, manager, 2).head(), pass);
        collector.backward(output.mul(manager.randomNormal(output.getShape())).sum());
      }
      Map<String, NDArray> gradients = parameters.gradients();
      for (Pair<String, Parameter> entry : network.getParameters()) {
        if (entry.getValue().requiresGradient() && !hasNoEffect(entry.getKey())) {
          NDArray gradient = gradients.get(entry.getKey());
          assertThat(gradient).as(entry.getKey()).isNotNull();
          assertThat(Objects.requireNonNull(gradient).abs().max().getFloat())
              .as(entry.getKey())
              .isPositive();
        }
      }
    }
  }

  /** Softmax does not change when all keys move: the bias of a key has no effect (gradient ~0). */
  private static boolean hasNoEffect(String path) {
    return path.endsWith("self.key.bias");
  }

  @ParameterizedTest
  @MethodSource("networks")
  void a_batch_of_two_is_two_batches_of_one(String name) {
    try (Model model = model(name);
        NDManager manager = model.getNDManager().newSubManager()) {
      NDList both = inputs(name, manager, 2);
      NDArray together = forward(model.getBlock(), both).head();
      for (int i = 0; i < 2; i++) {
        String one = i + ":" + (i + 1);
        NDList single = new NDList(both.stream().map(array -> array.get(one)).toList());
        assertClose(forward(model.getBlock(), single).head(), together.get(one));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void what_is_saved_is_what_is_loaded(String name, @TempDir Path folder) throws IOException {
    try (Model model = model(name);
        NDManager manager = model.getNDManager().newSubManager()) {
      NDList inputs = inputs(name, manager, 1);
      Fovea.save(model, folder, Map.of("recipe", "none"));
      try (Model again = Fovea.load(folder)) {
        assertThat(forward(again.getBlock(), inputs).head().toFloatArray())
            .isEqualTo(forward(model.getBlock(), inputs).head().toFloatArray());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void a_prediction_leaves_nothing_but_its_result(String name) {
    try (Model model = model(name);
        NDManager manager = model.getNDManager().newSubManager()) {
      NDList inputs = inputs(name, manager, 1);
      int before = model.getNDManager().getManagedArrays().size(); // with those of sub-managers
      NDList result = forward(model.getBlock(), inputs);
      assertThat(model.getNDManager().getManagedArrays().size()).isEqualTo(before + result.size());
      assertThat(result).allMatch(array -> array.getManager() == manager);
      assertThat(inputs).allMatch(array -> array.getManager() == manager);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void a_prediction_on_a_new_thread_records_no_graph(String name) throws InterruptedException {
    try (Model model = model(name);
        NDManager manager = model.getNDManager().newSubManager()) {
      NDList inputs = inputs(name, manager, 1);
      List<Throwable> refusals = new ArrayList<>();
      Thread thread =
          new Thread(
              () -> {
                NDArray output = forward(model.getBlock(), inputs).head();
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                  refusals.add(catchThrowable(() -> collector.backward(output.sum())));
                }
              });
      thread.start();
      thread.join();
      assertThat(refusals).hasSize(1);
      assertThat(refusals.get(0)).hasMessageContaining("does not require grad");
    }
  }

  private static Model model(String name) {
    return Fovea.newModel(name, Fovea.registry().config(name).classes() == 0 ? 0 : 5);
  }

  /** An image of the size that the network takes, and what it takes besides. */
  private static NDList inputs(String name, NDManager manager, int batch) {
    ModelConfig<?> config = Fovea.registry().config(name);
    int fixed = config.imageSize();
    Shape shape = fixed == 0 ? new Shape(batch, 3, 64, 96) : new Shape(batch, 3, fixed, fixed);
    NDList inputs = new NDList(manager.randomNormal(shape));
    if (config instanceof MaskedAutoencoder.Config mae) {
      inputs.add(manager.randomUniform(0, 1, new Shape(batch, mae.encoder().patches())));
    }
    return inputs;
  }

  private static NDList forward(Block block, NDList inputs) {
    ParameterStore store = new ParameterStore(inputs.head().getManager(), false);
    return block.forward(store, inputs, false);
  }

  private static long size(Block block) {
    return block.getParameters().values().stream().mapToLong(p -> p.getShape().size()).sum();
  }

  private static void assertClose(NDArray got, NDArray expected) {
    float largest = expected.abs().max().getFloat();
    assertThat(got.sub(expected).abs().max().getFloat()).isLessThanOrEqualTo(1e-5f * largest);
  }
}
