package dev.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StateDictTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final TestCheckpoint checkpoint =
      TestCheckpoint.of(
          "file",
          "stem.weight",
          new Shape(4, 3, 2, 2),
          "stem.bias",
          new Shape(4),
          "head.fc.weight",
          new Shape(5, 4),
          "head.fc.bias",
          new Shape(5));

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void fills_a_block_that_is_not_initialized() throws IOException {
    TestBlock block = new TestBlock(checkpoint.tensors());
    LoadReport report = StateDict.of(block).load(checkpoint, manager);
    assertThat(report.isClean()).isTrue();
    assertThat(report.loaded()).containsExactlyElementsOf(checkpoint.tensors().keySet());
    checkpoint.tensors().keySet().forEach(path -> assertLoaded(block, path));
    assertThat(manager.getManagedArrays()).hasSize(4);
  }

  @Test
  void a_loaded_parameter_is_initialized_with_its_name_and_collects_no_gradient()
      throws IOException {
    TestBlock block = new TestBlock(checkpoint.tensors());
    StateDict.of(block).load(checkpoint, manager);
    Parameter parameter = block.parameter("stem.weight");
    assertThat(parameter.isInitialized()).isTrue();
    assertThat(parameter.getShape()).isEqualTo(new Shape(4, 3, 2, 2));
    assertThat(parameter.getArray().getName()).isEqualTo("weight");
    assertThat(parameter.getArray().hasGradient()).isFalse();
  }

  @Test
  void a_parameter_with_two_paths_is_loaded_into_one_array() throws IOException {
    TestCheckpoint tied = TestCheckpoint.of("f", "in.w", new Shape(3), "out.w", new Shape(3));
    Map<String, TensorInfo> one = Map.of("in.w", new TensorInfo(DataType.FLOAT32, new Shape(3)));
    TestBlock block = new TestBlock(one).tie("in.w", "out.w");
    StateDict.of(block).load(tied, manager);
    assertThat(block.parameter("in.w").getArray()).isSameAs(block.parameter("out.w").getArray());
    assertThat(manager.getManagedArrays()).hasSize(1);
  }

  @Test
  void overwrites_an_initialized_block_in_place() throws IOException {
    TestBlock block = new TestBlock(checkpoint.tensors());
    block.getParameters().values().forEach(p -> p.initialize(manager, DataType.FLOAT32));
    NDArray before = block.parameter("head.fc.weight").getArray();
    int arrays = manager.getManagedArrays().size();
    StateDict.of(block).load(checkpoint, manager);
    assertThat(block.parameter("head.fc.weight").getArray()).isSameAs(before);
    assertThat(before.hasGradient()).isTrue();
    checkpoint.tensors().keySet().forEach(path -> assertLoaded(block, path));
    assertThat(manager.getManagedArrays()).hasSize(arrays);
  }

  @Test
  void an_initialized_parameter_keeps_its_type() throws IOException {
    TestCheckpoint one = TestCheckpoint.of("file", "w", new Shape(3), "scalar", new Shape());
    TestBlock block = new TestBlock(one.tensors());
    block.getParameters().values().forEach(p -> p.freeze(true));
    block.getParameters().values().forEach(p -> p.initialize(manager, DataType.FLOAT64));
    StateDict.of(block).load(one, manager);
    float[] expected = TestCheckpoint.values("w", new Shape(3));
    assertThat(block.parameter("w").getArray().toDoubleArray())
        .containsExactly(expected[0], expected[1], expected[2]);
    assertThat(block.parameter("scalar").getArray().getDouble())
        .isEqualTo(TestCheckpoint.values("scalar", new Shape())[0]);
  }

  private static void assertLoaded(TestBlock block, String path) {
    NDArray array = block.parameter(path).getArray();
    assertThat(array.toFloatArray()).isEqualTo(TestCheckpoint.values(path, array.getShape()));
  }

  @Test
  void lists_every_fault_with_the_nearest_path_and_both_shapes() {
    TestBlock block =
        new TestBlock(
            TestCheckpoint.of(
                    "model",
                    "stem.weight",
                    new Shape(4, 3, 4, 4),
                    "stem.bias",
                    new Shape(4),
                    "head.weight",
                    new Shape(7, 4),
                    "head.bias",
                    new Shape(7))
                .tensors());
    assertThatThrownBy(() -> StateDict.of(block).load(checkpoint, manager))
        .isInstanceOf(WeightsMismatchException.class)
        .hasMessageContainingAll(
            "file does not fit TestBlock: 1 tensors fit, 2 are missing, 2 unexpected, 1 mismatched",
            "missing head.weight (7, 4); nearest in the file: head.fc.weight (5, 4)",
            "missing head.bias (7); nearest in the file: head.fc.bias (5)",
            "unexpected head.fc.weight (5, 4); nearest in the model: head.weight (7, 4)",
            "unexpected head.fc.bias (5); nearest in the model: head.bias (7)",
            "mismatched stem.weight: the model has float32 (4, 3, 4, 4),"
                + " the file float32 (4, 3, 2, 2)")
        .asInstanceOf(type(WeightsMismatchException.class))
        .satisfies(e -> assertThat(e.report().loaded()).containsExactly("stem.bias"));
    assertThat(block.parameter("stem.bias").isInitialized()).isFalse();
    assertThat(manager.getManagedArrays()).isEmpty();
  }

  @Test
  void a_long_list_of_faults_is_cut_but_counted() {
    Map<String, TensorInfo> many = new LinkedHashMap<>();
    for (int i = 0; i < 50; i++) {
      many.put("block." + i + ".weight", new TensorInfo(DataType.FLOAT32, new Shape(1)));
    }
    assertThatThrownBy(() -> StateDict.of(new TestBlock(many)).load(checkpoint, manager))
        .isInstanceOf(WeightsMismatchException.class)
        .hasMessageContainingAll("50 are missing", "... and 30 more missing");
  }

  @Test
  void another_head_is_skipped_by_its_prefix() throws IOException {
    TestBlock block =
        new TestBlock(
            TestCheckpoint.of(
                    "model",
                    "stem.weight",
                    new Shape(4, 3, 2, 2),
                    "stem.bias",
                    new Shape(4),
                    "head.fc.weight",
                    new Shape(2, 4),
                    "header",
                    new Shape(1))
                .tensors());
    StateDict state = StateDict.of(block);
    assertThatThrownBy(() -> state.load(checkpoint, manager, Set.of("head")))
        .isInstanceOf(WeightsMismatchException.class)
        .hasMessageContaining("missing header");
    LoadReport report = state.load(checkpoint, manager, Set.of("head", "header"));
    assertThat(report.loaded()).containsExactly("stem.weight", "stem.bias");
    assertThat(report.skipped()).containsExactly("head.fc.weight", "header", "head.fc.bias");
    assertThat(block.parameter("head.fc.weight").isInitialized()).isFalse();
    assertLoaded(block, "stem.weight");
  }

  @Test
  void a_prefix_that_skips_nothing_is_an_error() {
    TestBlock block = new TestBlock(checkpoint.tensors());
    assertThatThrownBy(() -> StateDict.of(block).load(checkpoint, manager, Set.of("haed")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nothing to skip under 'haed'");
  }

  @Test
  void integer_tensors_without_a_parameter_are_ignored() throws IOException {
    Map<String, TensorInfo> tensors = new LinkedHashMap<>(checkpoint.tensors());
    tensors.put("bn.num_batches_tracked", new TensorInfo(DataType.INT64, new Shape()));
    TestBlock block = new TestBlock(checkpoint.tensors());
    assertThat(StateDict.of(block).load(new TestCheckpoint("f", tensors), manager).isClean())
        .isTrue();
  }

  @Test
  void a_type_that_cannot_be_loaded_is_a_mismatch() {
    TestBlock block = new TestBlock(checkpoint.tensors());
    Map<String, TensorInfo> tensors = new LinkedHashMap<>(checkpoint.tensors());
    tensors.put("stem.bias", new TensorInfo(DataType.UNKNOWN, new Shape(4)));
    TestCheckpoint odd = new TestCheckpoint("f", tensors);
    assertThatThrownBy(() -> StateDict.of(block).load(odd, manager))
        .isInstanceOf(WeightsMismatchException.class)
        .hasMessageContaining("mismatched stem.bias");
  }

  @Test
  void a_fault_in_the_middle_leaves_the_block_uninitialized_and_no_array() {
    TestBlock block = new TestBlock(checkpoint.tensors());
    Checkpoint failing =
        new Checkpoint() {
          @Override
          public String source() {
            return "f";
          }

          @Override
          public Map<String, TensorInfo> tensors() {
            return checkpoint.tensors();
          }

          @Override
          public NDArray read(NDManager manager, String name) throws IOException {
            if (name.equals("head.fc.weight")) {
              throw new IOException("planted");
            }
            return checkpoint.read(manager, name);
          }
        };
    assertThatThrownBy(() -> StateDict.of(block).load(failing, manager)).hasMessage("planted");
    assertThat(block.parameter("stem.weight").isInitialized()).isFalse();
    assertThat(manager.getManagedArrays()).isEmpty();
  }

  @Test
  void a_parameter_without_a_shape_is_an_error() {
    assertThatThrownBy(() -> StateDict.of(Linear.builder().setUnits(3).build()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("Linear", "'weight'", "has no shape");
  }

  @Test
  void a_block_of_djl_itself_is_loaded_by_its_own_paths() throws IOException {
    Linear linear = Linear.builder().setUnits(3).build();
    linear.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
    TestCheckpoint file = TestCheckpoint.of("f", "weight", new Shape(3, 2), "bias", new Shape(3));
    StateDict.of(linear).load(file, manager);
    assertThat(linear.getParameters().get("weight").getArray().toFloatArray())
        .isEqualTo(TestCheckpoint.values("weight", new Shape(3, 2)));
  }
}
