package dev.fovea.optimizer.trace;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.model.ConvNeXt;
import dev.fovea.nn.Layer;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Type;
import dev.fovea.optimizer.ir.Value;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fovea's own networks, and that a trace leaves them as they were. */
class FoveaModelsTest {
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
  @ValueSource(strings = {"segformer_nano", "segformer_b0"})
  void segFormerOfOneTraceRunsAtEverySize(String name) {
    Layer block = Fovea.registry().config(name).withClasses(7).build();
    block.initialize(manager);
    Graph graph = Tracer.trace(block, new Shape(1, 3, 128, 128));
    assertThat(graph.inputs().get(0).type()).isEqualTo(Type.of(DataType.FLOAT32, -1, 3, -1, -1));
    assertThat(graph.outputs().get(0).type()).isEqualTo(Type.of(DataType.FLOAT32, -1, 7, -1, -1));
    Traces.assertSame(block, graph, new Shape(1, 3, 128, 128));
    Traces.assertSame(block, graph, new Shape(2, 3, 96, 160));
    assertThat(Traces.count(graph, LayerOp.Resize.class)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"convnext_atto", "convnext_tiny", "convnextv2_atto", "resnet18"})
  void convNextOfOneTraceRunsAtEverySize(String name) {
    Layer block = Fovea.registry().config(name).withClasses(5).build();
    block.initialize(manager);
    Graph graph = Tracer.trace(block, new Shape(1, 3, 64, 64));
    assertThat(graph.inputs().get(0).type()).isEqualTo(Type.of(DataType.FLOAT32, -1, 3, -1, -1));
    Traces.assertSame(block, graph, new Shape(1, 3, 64, 64));
    Traces.assertSame(block, graph, new Shape(3, 3, 128, 96));
  }

  @Test
  void aVisionTransformerOfOneTraceRunsWithEveryBatch() {
    Layer block = Fovea.registry().config("vit_tiny").withClasses(5).build();
    block.initialize(manager);
    Graph graph = Tracer.trace(block, new Shape(1, 3, 224, 224));
    assertThat(graph.inputs().get(0).type()).isEqualTo(Type.of(DataType.FLOAT32, -1, 3, 224, 224));
    Traces.assertSame(block, graph, new Shape(3, 3, 224, 224));
  }

  @Test
  void constantsBearTheParametersPaths() {
    Layer block = ConvNeXt.Config.ATTO.withClasses(5).build();
    block.initialize(manager);
    Graph graph = Tracer.trace(block, new Shape(1, 3, 64, 64));
    List<String> names = graph.constants().keySet().stream().map(Value::name).toList();
    assertThat(names).containsAll(block.getParameters().keys());
    assertThat(graph.nodes().get(0).source()).isEqualTo("stem.0");
  }

  @Test
  void traceLeavesNoArrayBehindAndChangesNoParameter() {
    Layer block = ConvNeXt.Config.ATTO.withClasses(5).build();
    block.initialize(manager);
    int before = manager.getManagedArrays().size();
    Tracer.trace(block, new Shape(1, 3, 64, 64));
    assertThat(manager.getManagedArrays()).hasSize(before);
    block
        .getParameters()
        .values()
        .forEach(p -> assertThat(p.getArray().hasGradient()).isEqualTo(p.requiresGradient()));
  }
}
