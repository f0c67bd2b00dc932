package dev.fovea.optimizer.backend.onnxruntime;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import dev.fovea.optimizer.TestGraph;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.onnx.OnnxWriter;
import dev.fovea.optimizer.onnx.WeightStorage;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredWeightsTest {

  @ParameterizedTest
  @CsvSource({"F32, 1e-5", "F16, 1e-3", "BF16, 8e-3"})
  void weights_in_a_second_file_and_in_fewer_bits_are_read(WeightStorage storage, double bound) {
    TestGraph g = new TestGraph();
    Graph graph = g.build(g.linear("fc", g.input("x", -1, 30), 30, 400));
    OnnxWriter writer = new OnnxWriter(Map.of()).withStorage(storage);
    for (OnnxWriter each : new OnnxWriter[] {writer, writer.withLimit(1000)}) {
      try (NDManager manager = NDManager.newBaseManager()) {
        Block block =
            new OnnxRuntimeBackend().compile(graph, Backend.Options.DEFAULT, manager, each);
        NDList x = TestGraph.randomInputs(graph, manager, 3);
        NDList got = block.forward(new ParameterStore(manager, false), x, false);
        TestGraph.assertClose(TestGraph.run(graph, manager, x), got, bound);
      }
    }
  }
}
