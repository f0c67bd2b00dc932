package dev.fovea.optimizer.trace;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.initializer.NormalInitializer;
import dev.fovea.optimizer.ir.ElementOp;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.IndexOp;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.ShapeOp;
import dev.fovea.optimizer.ir.Tensor;
import dev.fovea.optimizer.ir.Value;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** DJL's layers one by one, with random parameters. */
class LayersTest {
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Graph traced(Block block, Shape shape) {
    block.setInitializer(new NormalInitializer(1), p -> p.getType() != Parameter.Type.RUNNING_VAR);
    block.initialize(manager, DataType.FLOAT32, shape);
    Graph graph = Tracer.trace(block, shape);
    Traces.assertSame(block, graph, shape);
    return graph;
  }

  @Test
  void linearIsAProductWithTheTransposedWeightAndASum() {
    Graph graph = traced(Linear.builder().setUnits(3).build(), new Shape(2, 7, 5));
    assertThat(graph)
        .hasToString(
            """
            input %input: f32[?,7,5]
            %0: f32[5,3] = Transpose(perm=[1,0]) weight  # weight
            %1: f32[?,7,3] = MatMul() %input, %0  # weight
            %output: f32[?,7,3] = Binary(kind=ADD) %1, bias  # bias
            output %output
            constant weight: f32[3,5]
            constant bias: f32[3]
            """);
  }

  @Test
  void linearWithoutBiasIsAProduct() {
    Graph graph = traced(Linear.builder().setUnits(3).optBias(false).build(), new Shape(2, 5));
    assertThat(Traces.count(graph, ElementOp.Binary.class)).isZero();
  }

  @Test
  void convolutionKeepsStridesPadsDilationsAndGroups() {
    Block block =
        Conv2d.builder()
            .setFilters(6)
            .setKernelShape(new Shape(3, 2))
            .optStride(new Shape(2, 1))
            .optPadding(new Shape(1, 2))
            .optDilation(new Shape(1, 2))
            .optGroups(2)
            .build();
    Graph graph = traced(block, new Shape(1, 4, 9, 8));
    assertThat(graph.nodes().get(0).op())
        .hasToString("Conv[strides=[2, 1], pads=[1, 2, 1, 2], dilations=[1, 2], groups=2]");
  }

  @Test
  void batchNormOfAnotherAxisIsSwappedThereAndBack() {
    Graph graph = traced(BatchNorm.builder().optAxis(3).build(), new Shape(2, 4, 6, 5));
    assertThat(Traces.count(graph, ShapeOp.Transpose.class)).isEqualTo(2);
    assertThat(Traces.count(graph, LayerOp.BatchNormalization.class)).isEqualTo(1);
  }

  @Test
  void batchNormOfTheChannelsIsOneNode() {
    Graph graph = traced(BatchNorm.builder().optEpsilon(2e-5f).build(), new Shape(2, 4, 6, 5));
    assertThat(graph.nodes())
        .singleElement()
        .extracting(n -> n.op().toString())
        .isEqualTo("BatchNormalization[epsilon=2.0E-5]");
  }

  @Test
  void layerNormKeepsItsAxesAndEpsilon() {
    Graph graph = traced(LayerNorm.builder().axis(2, 3).build(), new Shape(2, 4, 6, 5));
    assertThat(graph.nodes())
        .singleElement()
        .extracting(n -> n.op().toString())
        .isEqualTo("LayerNormalization[axis=2, epsilon=1.0E-5]");
  }

  @Test
  void dropoutOfInferenceIsNothing() {
    assertThat(traced(Dropout.builder().build(), new Shape(2, 4)).nodes()).isEmpty();
  }

  @Test
  void embeddingIsAGather() {
    Block block =
        Traces.block(
            x -> {
              NDArray table = x.getManager().arange(0f, 10f).reshape(5, 2);
              NDArray indices = x.abs().clip(0, 4).floor().toType(DataType.INT64, false);
              return x.getNDArrayInternal().embedding(indices, table, SparseFormat.DENSE).head();
            });
    Graph graph = Tracer.trace(block, new Shape(1, 8));
    Traces.assertSame(block, graph, new Shape(3, 8));
    assertThat(Traces.count(graph, IndexOp.Gather.class)).isEqualTo(1);
  }

  @Test
  void laterTrainingDoesNotChangeTheGraph() {
    Block block = Linear.builder().setUnits(1).optBias(false).build();
    Graph graph = traced(block, new Shape(1, 1));
    NDArray weight = block.getParameters().get("weight").getArray();
    float before = weight.getFloat(0, 0);
    weight.stopGradient().addi(1);
    assertThat(weight.getFloat(0, 0)).isEqualTo(before + 1);
    Map<Value, Tensor> constants = graph.constants();
    assertThat(constants.values())
        .singleElement()
        .extracting(t -> t.bytes().getFloat())
        .isEqualTo(before);
  }
}
