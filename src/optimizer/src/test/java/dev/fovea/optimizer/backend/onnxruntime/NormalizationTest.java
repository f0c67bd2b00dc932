package dev.fovea.optimizer.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Op;
import dev.fovea.optimizer.ir.Value;
import dev.fovea.optimizer.onnx.NormalizationForm;
import dev.fovea.optimizer.onnx.OnnxWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layer normalization by the operators that ONNX Runtime computes fast. */
class NormalizationTest {

  private static Graph normalized(long... dims) {
    TestGraph g = new TestGraph();
    int channels = (int) dims[dims.length - 1];
    Op norm = new LayerOp.LayerNormalization(dims.length - 1, 1e-6);
    return g.build(
        g.op(norm, g.input("x", dims), g.random("gamma", channels), g.random("beta", channels)));
  }

  private static List<String> written(Graph graph) throws Exception {
    OnnxWriter writer = new OnnxWriter(Map.of()).withNormalization(NormalizationForm.INSTANCE);
    return ModelProto.parseFrom(writer.toBuffer(graph)).getGraph().getNodeList().stream()
        .map(NodeProto::getOpType)
        .toList();
  }

  private static void assertRuns(Graph graph) {
    for (int size : new int[] {1, 2, 5}) {
      try (NDManager manager = NDManager.newBaseManager()) {
        Block block = new OnnxRuntimeBackend().compile(graph, Backend.Options.DEFAULT, manager);
        NDList x = TestGraph.randomInputs(graph, manager, size);
        NDList got = block.forward(new ParameterStore(manager, false), x, false);
        TestGraph.assertClose(TestGraph.run(graph, manager, x), got, 2e-6);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1,3,8", "-1,-1,8", "-1,3,4,8", "-1,-1,-1,8", "2,3,-1,8", "-1,2,3,4,8"})
  void every_shape_is_normalized(String dims) throws Exception {
    Graph graph =
        normalized(List.of(dims.split(",", -1)).stream().mapToLong(Long::parseLong).toArray());
    assertThat(written(graph)).contains("InstanceNormalization").endsWith("Mul", "Add");
    assertRuns(graph);
  }

  @Test
  void one_row_for_each_image_stays_a_layer_normalization() throws Exception {
    Graph graph = normalized(-1, 8);
    assertThat(written(graph)).containsExactly("LayerNormalization");
    assertRuns(graph);
  }

  @Test
  void scale_and_bias_that_do_nothing_are_left_out() throws Exception {
    TestGraph g = new TestGraph();
    Value ones = g.constant("gamma", new float[] {1, 1}, 2);
    Value zeros = g.constant("beta", new float[] {0, 0}, 2);
    Graph graph =
        g.build(g.op(new LayerOp.LayerNormalization(2, 0.1), g.input("x", 1, 3, 2), ones, zeros));
    assertThat(written(graph)).containsExactly("InstanceNormalization");
    OnnxWriter writer = new OnnxWriter(Map.of()).withNormalization(NormalizationForm.INSTANCE);
    assertThat(ModelProto.parseFrom(writer.toBuffer(graph)).getGraph().getInitializerList())
        .extracting(TensorProto::getName)
        .doesNotContain("gamma", "beta");
    assertRuns(graph);
  }
}
