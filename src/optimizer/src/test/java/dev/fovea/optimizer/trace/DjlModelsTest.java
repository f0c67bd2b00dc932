package dev.fovea.optimizer.trace;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.basicmodelzoo.cv.classification.MobileNetV2;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Type;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DJL's own networks, which know nothing of this library. */
class DjlModelsTest {
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {18, 50})
  void resNetOfOneTraceRunsAtEverySize(int layers) {
    Block block =
        ResNetV1.builder()
            .setImageShape(new Shape(3, 64, 64))
            .setNumLayers(layers)
            .setOutSize(10)
            .build();
    block.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 64, 64));
    Graph graph = Tracer.trace(block, new Shape(1, 3, 64, 64));
    assertThat(graph.inputs().get(0).type()).isEqualTo(Type.of(DataType.FLOAT32, -1, 3, -1, -1));
    Traces.assertSame(block, graph, new Shape(1, 3, 64, 64));
    Traces.assertSame(block, graph, new Shape(3, 3, 64, 64));
    Traces.assertSame(block, graph, new Shape(2, 3, 96, 70));
    assertThat(Traces.count(graph, LayerOp.Conv.class))
        .isEqualTo(Traces.count(graph, LayerOp.BatchNormalization.class));
    assertThat(Traces.count(graph, ShapeOp.Size.class)).isZero();
  }

  @Test
  void mobileNetOfOneTraceRunsAtEverySize() {
    Block block = MobileNetV2.builder().setOutSize(10).build();
    block.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 64, 64));
    Graph graph = Tracer.trace(block, new Shape(1, 3, 64, 64));
    assertThat(graph.inputs().get(0).type()).isEqualTo(Type.of(DataType.FLOAT32, -1, 3, -1, -1));
    Traces.assertSame(block, graph, new Shape(1, 3, 64, 64));
    Traces.assertSame(block, graph, new Shape(2, 3, 96, 70));
  }
}
