package dev.fovea.optimizer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.ReductionOp;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class OnnxWriterTest {

  private static final OnnxWriter WRITER = new OnnxWriter(Map.of("weights", "sha256:abc"));

  @TestFactory
  Stream<DynamicTest> onnx_runtime_computes_what_the_interpreter_computes() {
    return OnnxCases.all().entrySet().stream()
        .map(c -> DynamicTest.dynamicTest(c.getKey(), () -> assertSame(c.getValue())));
  }

  private static void assertSame(Graph graph) {
    try (NDManager manager = NDManager.newBaseManager()) {
      Block block =
          Backend.named(Backend.ONNX_RUNTIME).compile(graph, Backend.Options.DEFAULT, manager);
      for (long size : new long[] {1, 3, 3}) { // the second time, outputs are written in place
        NDList inputs = TestGraph.randomInputs(graph, manager, size);
        NDList expected = TestGraph.run(graph, manager, inputs);
        NDList got = block.forward(new ParameterStore(manager, false), inputs, false);
        TestGraph.assertClose(expected, got, 1e-5);
      }
    }
  }

  @Test
  void padding_that_does_not_count_is_left_out_of_the_mean() {
    TestGraph g = new TestGraph();
    List<Long> two = List.of(2L, 2L);
    Op pool = new LayerOp.AveragePool(two, two, List.of(1L, 1L, 1L, 1L), false, false);
    Graph graph = g.build(g.op(pool, g.input("x", 1, 1, 2, 2)));
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList x = new NDList(manager.create(new float[] {1, 2, 3, 4}, new Shape(1, 1, 2, 2)));
      Block block =
          Backend.named(Backend.ONNX_RUNTIME).compile(graph, Backend.Options.DEFAULT, manager);
      NDList y = block.forward(new ParameterStore(manager, false), x, false);
      assertThat(y.head().toFloatArray()).containsExactly(1, 2, 3, 4); // one pixel a window
    }
  }

  @Test
  void every_operation_and_every_kind_has_a_case() {
    List<Op> tested = OnnxCases.operations();
    assertThat(tested.stream().map(Object::getClass).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(Op.class.getPermittedSubclasses())
                .flatMap(group -> Stream.<Class<?>>of(group.getPermittedSubclasses()))
                .toList());
    assertThat(kinds(tested, ElementOp.Binary.class, ElementOp.Binary::kind))
        .hasSize(ElementOp.Binary.Kind.values().length);
    assertThat(kinds(tested, ElementOp.Unary.class, ElementOp.Unary::kind))
        .hasSize(ElementOp.Unary.Kind.values().length);
    assertThat(kinds(tested, ReductionOp.Reduce.class, ReductionOp.Reduce::kind))
        .hasSize(ReductionOp.Reduce.Kind.values().length);
    assertThat(kinds(tested, LayerOp.Resize.class, LayerOp.Resize::mode))
        .hasSize(LayerOp.Resize.Mode.values().length);
  }

  private static <T, K> Set<K> kinds(
      List<Op> ops, Class<T> type, java.util.function.Function<T, K> kind) {
    return ops.stream()
        .filter(type::isInstance)
        .map(type::cast)
        .map(kind)
        .collect(Collectors.toSet());
  }

  @Test
  void the_onnx_checker_accepts_every_case(@TempDir Path folder) throws Exception {
    for (Map.Entry<String, Graph> c : OnnxCases.all().entrySet()) {
      WRITER.write(c.getValue(), folder.resolve(c.getKey() + ".onnx"));
    }
    OnnxChecker.accepts(folder, OnnxCases.all().size());
  }

  @Test
  void the_file_says_what_it_was_made_from_and_by_what() throws IOException {
    ModelProto model = ModelProto.parseFrom(WRITER.toBuffer(linear()));
    assertThat(model.getProducerName()).isEqualTo("Fovea");
    assertThat(model.getIrVersion()).isEqualTo(8);
    assertThat(model.getOpsetImport(0).getVersion()).isEqualTo(17);
    assertThat(model.getMetadataPropsList())
        .extracting(StringStringEntryProto::getKey)
        .containsExactly("fovea.version", "weights");
    assertThat(model.getMetadataProps(1).getValue()).isEqualTo("sha256:abc");
  }

  @Test
  void tensors_weights_and_nodes_have_the_names_of_the_model() throws IOException {
    ModelProto model = ModelProto.parseFrom(WRITER.toBuffer(linear()));
    assertThat(model.getGraph().getInitializerList())
        .extracting(TensorProto::getName)
        .containsExactly("fc.weight", "fc.bias");
    assertThat(model.getGraph().getNodeList())
        .extracting(NodeProto::getName)
        .containsExactly("block0/MatMul", "block1/Add");
    assertThat(model.getGraph().getInput(0).getName()).isEqualTo("x");
  }

  private static Graph linear() {
    TestGraph g = new TestGraph();
    return g.build(g.linear("fc", g.input("x", -1, 3), 3, 4));
  }

  @Test
  void weights_are_little_endian_raw_bytes() throws IOException {
    TestGraph g = new TestGraph();
    Value c = g.constant("c", new float[] {1, -2}, 2);
    Graph graph = g.build(g.binary(ElementOp.Binary.Kind.ADD, g.input("x", -1, 2), c));
    TensorProto tensor = ModelProto.parseFrom(WRITER.toBuffer(graph)).getGraph().getInitializer(0);
    assertThat(tensor.getRawData().toByteArray()).containsExactly(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0);
    assertThat(tensor.getDimsList()).containsExactly(2L);
  }

  @Test
  void dynamic_axes_are_called_batch_height_and_width_and_others_are_numbered() throws IOException {
    TestGraph g = new TestGraph();
    Value x = g.input("x", -1, 3, -1, -1);
    g.input("y", -1, -1);
    Value z = g.op(new ReductionOp.Reduce(ReductionOp.Reduce.Kind.MEAN, List.of(1), false), x);
    ModelProto model = ModelProto.parseFrom(WRITER.toBuffer(g.build(z)));
    assertThat(axes(model.getGraph().getInput(0))).containsExactly("batch", "3", "height", "width");
    assertThat(axes(model.getGraph().getInput(1))).containsExactly("batch", "dim_0");
    assertThat(axes(model.getGraph().getOutput(0))).containsExactly("batch", "dim_1", "dim_2");
  }

  private static List<String> axes(ValueInfoProto value) {
    return value.getType().getTensorType().getShape().getDimList().stream()
        .map(
            (TensorShapeProto.Dimension d) ->
                d.hasDimParam() ? d.getDimParam() : "" + d.getDimValue())
        .toList();
  }

  @Test
  void every_name_is_unique_and_no_weight_is_unused() throws IOException {
    TestGraph g = new TestGraph();
    Value x = g.input("x", -1, 3);
    g.random("unused", 3);
    Value y = g.unary(ElementOp.Unary.Kind.GELU, g.unary(ElementOp.Unary.Kind.GELU, x));
    ModelProto model = ModelProto.parseFrom(WRITER.toBuffer(g.build(y)));
    List<String> defined = new ArrayList<>(List.of("x"));
    model.getGraph().getInitializerList().forEach(t -> defined.add(t.getName()));
    model.getGraph().getNodeList().forEach(n -> defined.addAll(n.getOutputList()));
    assertThat(defined).doesNotHaveDuplicates().doesNotContain("unused");
    assertThat(model.getGraph().getNodeList())
        .extracting(NodeProto::getName)
        .doesNotHaveDuplicates();
  }

  @Test
  void a_model_of_more_than_2_gb_is_refused_with_its_size() {
    TestGraph g = new TestGraph();
    ByteBuffer bytes = ByteBuffer.allocateDirect(64 << 20);
    Tensor tensor = new Tensor(Type.of(DataType.FLOAT32, 16 << 20), bytes);
    Map<Value, Tensor> constants = new HashMap<>(); // one memory, many weights
    for (int i = 0; i < 33; i++) {
      constants.put(new Value(1000 + i, "w" + i, tensor.type()), tensor);
    }
    Graph small = g.build(g.unary(ElementOp.Unary.Kind.RELU, g.input("x", 1)));
    Graph large = new Graph(small.inputs(), small.outputs(), small.nodes(), constants);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WRITER.toBuffer(large))
        .withMessageContaining("2,214,592,512 bytes")
        .withMessageContaining("2,147,483,647");
  }

  @Test
  void an_output_that_no_node_computes_or_that_is_returned_twice_is_refused() {
    TestGraph g = new TestGraph();
    Value x = g.input("x", 1);
    Value y = g.unary(ElementOp.Unary.Kind.RELU, x);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WRITER.toBuffer(g.build(x)))
        .withMessageContaining("%x is not computed by a node");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WRITER.toBuffer(g.build(y, y)))
        .withMessageContaining("is returned twice");
  }

  @Test
  void a_file_is_replaced_as_a_whole_and_nothing_else_is_left(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("model.onnx");
    Files.writeString(file, "old");
    WRITER.write(linear(), file);
    assertThat(ByteBuffer.wrap(Files.readAllBytes(file))).isEqualTo(WRITER.toBuffer(linear()));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void a_folder_that_does_not_exist_is_an_error_that_names_it(@TempDir Path folder) {
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> WRITER.write(linear(), folder.resolve("missing").resolve("model.onnx")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("missing");
  }
}
