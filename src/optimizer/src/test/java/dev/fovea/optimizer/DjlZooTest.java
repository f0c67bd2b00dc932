package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.trace.Tracer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trace = ONNX Runtime = OpenVINO, where it is installed, = eager, over DJL's own networks. */
class DjlZooTest {
  private static final Logger LOG = LoggerFactory.getLogger(DjlZooTest.class);

  @ParameterizedTest
  @MethodSource("dev.fovea.optimizer.DjlZoo#all")
  void oneGraphIsRightEverywhere(DjlZoo network) {
    try (NDManager manager = NDManager.newBaseManager()) {
      manager.getEngine().setRandomSeed(5);
      Block block = network.block();
      block.initialize(manager, DataType.FLOAT32, network.shapes());
      Contract.spread(block);
      Graph graph = Tracer.trace(block, network.inputs());
      boolean open = graph.inputs().get(0).type().dims().get(0) == Type.DYNAMIC;
      // BertBlock squeezes, and so gives something else for a batch of one.
      assertThat(open).isNotEqualTo(network.name().equals("bert"));
      assertThat(graph.inputs().get(0).type().dims().contains(Type.DYNAMIC)).isEqualTo(open);
      List<List<Type>> sizes = new ArrayList<>(List.of(network.inputs()));
      if (open) {
        sizes.add(network.inputs().stream().map(type -> resized(type, 3, 0)).toList());
      }
      if (network.takesEveryImage()) {
        assertThat(graph.inputs().get(0).type().dims().get(2)).isEqualTo(Type.DYNAMIC);
        sizes.add(network.inputs().stream().map(type -> resized(type, 2, 32)).toList());
      }
      List<String> backends = new ArrayList<>(List.of(Backend.PYTORCH, Backend.ONNX_RUNTIME));
      if (Contract.hasOpenVino()) {
        backends.add(Backend.OPENVINO);
      }
      LOG.info("{}: {}", network, Contract.hold(block, graph, backends, sizes));
    }
  }

  private static Type resized(Type type, long batch, long more) {
    List<Long> dims = new ArrayList<>(type.dims());
    dims.set(0, batch);
    if (more > 0) {
      dims.set(2, dims.get(2) + more);
      dims.set(3, dims.get(3) + 2 * more);
    }
    return type.withDims(dims);
  }
}
