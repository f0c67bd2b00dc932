package dev.fovea.weights;

import static dev.fovea.weights.PublishedDialects.CONVNEXT_FACEBOOK;
import static dev.fovea.weights.PublishedDialects.CONVNEXT_TIMM;
import static dev.fovea.weights.PublishedDialects.CONVNEXT_TIMM_CONV_MLP;
import static dev.fovea.weights.PublishedDialects.MIT_HUGGINGFACE;
import static dev.fovea.weights.PublishedDialects.MIT_NVLABS;
import static dev.fovea.weights.PublishedDialects.SEGFORMER_HUGGINGFACE;
import static dev.fovea.weights.PublishedDialects.SEGFORMER_NVLABS;
import static dev.fovea.weights.PublishedDialects.convNextHuggingFace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

class DialectTest {
  static final List<Arguments> PUBLISHED =
      List.of(
          Arguments.of("segformer_b0_150.huggingface", SEGFORMER_HUGGINGFACE, List.of()),
          Arguments.of(
              "segformer_b0_150.nvlabs",
              SEGFORMER_NVLABS,
              List.of("decode_head.conv_seg.weight", "decode_head.conv_seg.bias")),
          Arguments.of("mit_b0.huggingface", MIT_HUGGINGFACE, List.of()),
          Arguments.of("convnext_tiny.timm", CONVNEXT_TIMM, List.of()),
          Arguments.of("convnext_atto.timm", CONVNEXT_TIMM_CONV_MLP, List.of()),
          Arguments.of("convnextv2_nano.timm", CONVNEXT_TIMM_CONV_MLP, List.of()),
          Arguments.of("convnext_tiny.facebook", CONVNEXT_FACEBOOK, List.of()),
          Arguments.of("convnextv2_atto.facebook", CONVNEXT_FACEBOOK, List.of()),
          Arguments.of("convnext_tiny.huggingface", convNextHuggingFace("convnext."), List.of()),
          Arguments.of(
              "convnextv2_atto.huggingface", convNextHuggingFace("convnextv2."), List.of()));

  /** Every name of the published file, except those that have no use, comes back. */
  @ParameterizedTest
  @FieldSource("PUBLISHED")
  void a_published_file_is_written_as_it_was_read(
      String model, Dialect dialect, List<String> dropped) throws IOException {
    Checkpoint file = TestCheckpoint.published(model);
    Map<String, TensorInfo> expected = new HashMap<>(file.tensors());
    assertThat(expected.keySet()).containsAll(dropped);
    dropped.forEach(expected::remove);
    assertThat(dialect.toFile(dialect.toOwn(file)).tensors()).isEqualTo(expected);
  }

  @Test
  void nvlabs_and_hugging_face_files_of_segformer_have_the_same_names_here() throws IOException {
    assertThat(SEGFORMER_NVLABS.toOwn(published("segformer_b0_150.nvlabs")).tensors())
        .isEqualTo(published("segformer_b0_150.huggingface").tensors());
  }

  @Test
  void nvlabs_and_hugging_face_files_of_the_bare_encoder_have_the_same_names_here()
      throws IOException {
    Checkpoint own = MIT_HUGGINGFACE.toOwn(published("mit_b0.huggingface"));
    assertThat(own.tensors().keySet())
        .allMatch(name -> name.startsWith("encoder.") || name.startsWith("classifier."));
    Map<String, TensorInfo> nvlabs = MIT_NVLABS.toFile(own).tensors();
    assertThat(nvlabs)
        .containsEntry("patch_embed1.proj.weight", info(32, 3, 7, 7))
        .containsEntry("block4.1.attn.kv.weight", info(512, 256))
        .containsEntry("block4.1.attn.kv.bias", info(512))
        .containsEntry("norm4.bias", info(256))
        .containsEntry("head.weight", info(1000, 256));
    // The NVlabs SegFormer has the same encoder under "backbone.".
    assertThat(published("segformer_b0_150.nvlabs").tensors().keySet())
        .filteredOn(name -> name.startsWith("backbone."))
        .map(name -> name.substring("backbone.".length()))
        .containsExactlyInAnyOrderElementsOf(
            nvlabs.keySet().stream().filter(n -> !n.startsWith("head.")).toList());
  }

  @Test
  void all_files_of_convnext_have_the_same_names_here() throws IOException {
    Map<String, TensorInfo> own = published("convnext_tiny.timm").tensors();
    assertThat(CONVNEXT_FACEBOOK.toOwn(published("convnext_tiny.facebook")).tensors())
        .isEqualTo(own);
    assertThat(
            convNextHuggingFace("convnext.")
                .toOwn(published("convnext_tiny.huggingface"))
                .tensors())
        .isEqualTo(own);
    Map<String, TensorInfo> v2 =
        CONVNEXT_FACEBOOK.toOwn(published("convnextv2_atto.facebook")).tensors();
    assertThat(
            convNextHuggingFace("convnextv2.")
                .toOwn(published("convnextv2_atto.huggingface"))
                .tensors())
        .isEqualTo(v2);
    assertThat(v2).containsEntry("stages.0.blocks.0.mlp.grn.weight", info(160));
  }

  @Test
  void timm_files_with_convolutions_or_matrices_are_both_read() throws IOException {
    String fc1 = "stages.0.blocks.0.mlp.fc1.weight";
    Checkpoint convolutions = published("convnext_atto.timm");
    assertThat(convolutions.tensors()).containsEntry(fc1, info(160, 40, 1, 1));
    Checkpoint own = CONVNEXT_TIMM_CONV_MLP.toOwn(convolutions);
    assertThat(own.tensors()).containsEntry(fc1, info(160, 40));
    assertThat(CONVNEXT_TIMM_CONV_MLP.toOwn(own).tensors()).isEqualTo(own.tensors());
  }

  @Test
  void values_come_back_bit_for_bit_through_every_kind_of_rule() throws IOException {
    Dialect dialect =
        Dialect.of(
            "all",
            Rule.rename("a{i+1}.{*rest}", "a.{i}.{*rest}"),
            Rule.split("kv.{p}", "k.{p}", "v.{p}"),
            Rule.merge(List.of("q1.{p}", "q2.{p}", "q3.{p}"), "q.{p}"),
            Rule.reshape("c.weight", "O I 1 1", "fc.weight", "O I"),
            Rule.reshape("g", "1 1 1 C", "gamma", "C"));
    Checkpoint own =
        TestCheckpoint.of(
            "own",
            "a.0.x.y",
            new Shape(2, 3),
            "k.weight",
            new Shape(2, 3),
            "v.weight",
            new Shape(2, 3),
            "q.weight",
            new Shape(6, 2),
            "q.bias",
            new Shape(6),
            "fc.weight",
            new Shape(3, 4),
            "gamma",
            new Shape(5),
            "other",
            new Shape());
    Checkpoint file = dialect.toFile(own);
    assertThat(file.tensors())
        .containsOnlyKeys(
            "a1.x.y",
            "kv.weight",
            "q1.weight",
            "q2.weight",
            "q3.weight",
            "q1.bias",
            "q2.bias",
            "q3.bias",
            "c.weight",
            "g",
            "other")
        .containsEntry("kv.weight", info(4, 3))
        .containsEntry("q3.bias", info(2))
        .containsEntry("c.weight", info(3, 4, 1, 1))
        .containsEntry("g", info(1, 1, 1, 5));
    Checkpoint back = dialect.toOwn(file);
    assertThat(back.tensors()).isEqualTo(own.tensors());
    try (NDManager manager = NDManager.newBaseManager()) {
      for (String name : own.tensors().keySet()) {
        Shape shape = own.tensors().get(name).shape();
        NDArray read = back.read(manager, name);
        assertThat(read.getShape()).isEqualTo(shape);
        assertThat(read.getName()).isEqualTo(name);
        assertThat(read.toFloatArray()).isEqualTo(TestCheckpoint.values(name, shape));
      }
      float[] k = TestCheckpoint.values("k.weight", new Shape(2, 3));
      float[] kv = file.read(manager, "kv.weight").toFloatArray();
      assertThat(Arrays.copyOf(kv, 6)).isEqualTo(k);
      // What was read is all that is left: no intermediate array outlives its read.
      assertThat(manager.getManagedArrays()).hasSize(own.tensors().size() + 1);
    }
  }

  @Test
  void the_first_rule_that_matches_is_taken() throws IOException {
    Dialect dialect =
        Dialect.of(
            "order",
            Rule.rename("layer.0.{*}", "stem.{*}"),
            Rule.rename("layer.{i}.{*}", "l{i}.{*}"));
    Checkpoint file = TestCheckpoint.of("f", "layer.0.w", new Shape(1), "layer.1.w", new Shape(1));
    assertThat(dialect.toOwn(file).tensors().keySet()).containsExactly("stem.w", "l1.w");
  }

  @Test
  void a_number_that_would_be_negative_or_has_leading_zeros_is_no_match() throws IOException {
    Dialect dialect = Dialect.of("n", Rule.rename("b{i+1}.{*}", "b.{i}.{*}"));
    Checkpoint file =
        TestCheckpoint.of(
            "f",
            "b0.w",
            new Shape(1),
            "b01.w",
            new Shape(1),
            "b10.w",
            new Shape(1),
            "bx.w",
            new Shape(1));
    assertThat(dialect.toOwn(file).tensors().keySet())
        .containsExactly("b0.w", "b01.w", "b.9.w", "bx.w");
  }

  @Test
  void two_tensors_that_get_one_name_are_an_error() {
    Dialect dialect = Dialect.of("d", Rule.rename("a.{*}", "x.{*}"), Rule.rename("b.{*}", "x.{*}"));
    Checkpoint file = TestCheckpoint.of("two", "a.w", new Shape(1), "b.w", new Shape(1));
    assertThatThrownBy(() -> dialect.toOwn(file))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContainingAll("two", "'x.w'", "two tensors");
  }

  @Test
  void a_missing_part_is_an_error_that_names_it() {
    Checkpoint own = TestCheckpoint.of("part", "k.w", new Shape(1));
    Dialect dialect = Dialect.of("d", Rule.split("kv.{*}", "k.{*}", "v.{*}"));
    assertThatThrownBy(() -> dialect.toFile(own))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContainingAll("part", "'kv.w'", "lacks its part 'v.{*}'");
  }

  @Test
  void parts_of_different_shapes_are_an_error() {
    Checkpoint own = TestCheckpoint.of("part", "k.w", new Shape(1), "v.w", new Shape(2));
    Dialect dialect = Dialect.of("d", Rule.split("kv.{*}", "k.{*}", "v.{*}"));
    assertThatThrownBy(() -> dialect.toFile(own))
        .isInstanceOf(WeightsFormatException.class)
        .hasMessageContainingAll("'kv.w'", "cannot be joined");
  }

  @Test
  void a_tensor_that_cannot_be_split_is_an_error() {
    Dialect dialect = Dialect.of("d", Rule.split("kv.{*}", "k.{*}", "v.{*}"));
    for (Shape shape : List.of(new Shape(3, 2), new Shape())) {
      assertThatThrownBy(() -> dialect.toOwn(TestCheckpoint.of("odd", "kv.w", shape)))
          .isInstanceOf(WeightsFormatException.class)
          .hasMessageContainingAll("odd", "'kv.w'", "cannot be split in 2");
    }
  }

  @Test
  void rules_that_contradict_each_other_are_found_on_export() {
    Dialect dialect = Dialect.of("bad", Rule.drop("x.{*}"), Rule.rename("x.{*}", "y.{*}"));
    assertThatThrownBy(() -> dialect.toFile(TestCheckpoint.of("own", "y.w", new Shape(1))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("'bad'", "own");
  }

  @Test
  void a_rule_that_has_no_way_back_cannot_be_made() {
    assertThatThrownBy(() -> Rule.rename("a.{i}.{*}", "a.{*}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("placeholders differ");
    assertThatThrownBy(() -> Rule.rename("a.{i}.{i}", "a.{i}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("{i} stands twice");
    assertThatThrownBy(() -> Rule.rename("a.{I}", "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("malformed placeholder");
    assertThatThrownBy(() -> Rule.reshape("a", "O I 1", "a", "O"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("axes differ");
  }

  @Test
  void refuses_a_name_that_is_not_there() throws IOException {
    Checkpoint view = CONVNEXT_FACEBOOK.toOwn(TestCheckpoint.of("f", "norm.weight", new Shape(1)));
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThatThrownBy(() -> view.read(manager, "norm.weight"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("f has no tensor 'norm.weight'");
    }
  }

  private static Checkpoint published(String model) throws IOException {
    return TestCheckpoint.published(model);
  }

  private static TensorInfo info(long... shape) {
    return new TensorInfo(DataType.FLOAT32, new Shape(shape));
  }
}
