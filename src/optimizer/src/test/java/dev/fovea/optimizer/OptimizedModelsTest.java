package dev.fovea.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.util.Pair;
import dev.fovea.model.ConvNeXt;
import dev.fovea.model.SegFormer;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.ir.LayerOp;
import dev.fovea.optimizer.ir.Node;
import dev.fovea.optimizer.rewrite.Rewritten;
import dev.fovea.optimizer.trace.Tracer;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The two networks that the rewrites were made for. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OptimizedModelsTest {

  private static final Shape INPUT = new Shape(1, 3, 96, 96);

  private enum Network {
    SEGFORMER,
    SEGFORMER_B0,
    CONVNEXT,
    CONVNEXT_TINY;

    private Block block() {
      return switch (this) {
        case SEGFORMER -> SegFormer.Config.NANO.withClasses(5).build();
        case SEGFORMER_B0 -> SegFormer.Config.B0.build();
        case CONVNEXT -> ConvNeXt.Config.ATTO.withClasses(10).build();
        case CONVNEXT_TINY -> ConvNeXt.Config.TINY.build();
      };
    }

    /** With no parameter at its first value, where biases are 0 and scales are 1. */
    Model model() {
      Model model = Model.newInstance(name().toLowerCase(Locale.ROOT), "PyTorch");
      NDManager manager = model.getNDManager();
      manager.getEngine().setRandomSeed(3);
      Block block = block();
      block.initialize(manager, DataType.FLOAT32);
      for (Pair<String, Parameter> entry : block.getParameters()) {
        NDArray array = entry.getValue().getArray();
        if (array.getShape().dimension() == 1) {
          boolean scale = entry.getKey().matches(".*(weight|gamma|running_var)");
          try (NDArray values =
              manager.randomUniform(scale ? 0.8f : -0.2f, scale ? 1.2f : 0.2f, array.getShape())) {
            values.copyTo(array);
          }
        }
      }
      model.setBlock(block);
      return model;
    }
  }

  private final Map<Network, Model> models = new EnumMap<>(Network.class);
  private final Map<Network, Optimizer> optimizers = new EnumMap<>(Network.class);

  private Model model(Network network) {
    return models.computeIfAbsent(network, Network::model);
  }

  /** One for all tests: tracing takes a while. */
  private Optimizer optimizer(Network network) {
    return optimizers.computeIfAbsent(network, n -> Optimizer.of(model(n)).input(INPUT));
  }

  @AfterAll
  void closeModels() {
    models.values().forEach(Model::close);
  }

  @ParameterizedTest
  @EnumSource
  void predicts_what_the_model_predicts_with_each_back_end_at_every_size(Network network)
      throws TranslateException {
    try (Predictor<NDList, NDList> slow = model(network).newPredictor(new NoopTranslator())) {
      for (String backend : List.of(Backend.ONNX_RUNTIME, Backend.PYTORCH)) {
        try (Model fast = optimizer(network).backend(backend).optimize();
            Predictor<NDList, NDList> quick = fast.newPredictor(new NoopTranslator());
            NDManager manager = NDManager.newBaseManager()) {
          for (Shape shape : List.of(new Shape(1, 3, 96, 96), new Shape(2, 3, 64, 128))) {
            NDList x = new NDList(manager.randomUniform(-1, 1, shape));
            NDList expected = slow.predict(x);
            TestGraph.assertClose(expected, quick.predict(x), 1e-4);
            TestGraph.assertClose(expected, quick.predict(x), 1e-4); // now in place
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_graph_before_and_after_the_rewrites_gives_the_same(Network network) {
    try (NDManager manager = NDManager.newBaseManager()) {
      Optimizer optimizer = optimizer(network);
      Graph before = optimizer.traced();
      TestGraph.assertSameResults(before, optimizer.rewritten().graph(), 1e-4, 64, 96);
      Block unrewritten =
          Backend.named(Backend.ONNX_RUNTIME).compile(before, Backend.Options.DEFAULT, manager);
      NDList x = TestGraph.randomInputs(before, manager, 64);
      NDList got = unrewritten.forward(new ParameterStore(manager, false), x, false);
      TestGraph.assertClose(TestGraph.run(before, manager, x), got, 1e-4);
    }
  }

  @Test
  void a_convnext_keeps_two_transposes_a_block_and_loses_its_layer_scales() {
    Optimizer optimizer = optimizer(Network.CONVNEXT);
    assertThat(count(optimizer.traced(), "Transpose", "MUL")).containsExactly(57L, 12L);
    // 12 blocks in 4 stages: 2 each; 2 of the stem's norm; 2 of each of 3 downsampling norms, of
    // which the first one is the price of the stage before, whose sums it turned.
    assertThat(count(optimizer.rewritten().graph(), "Transpose", "MUL")).containsExactly(29L, 0L);
    assertThat(optimizer.rewritten().steps())
        .extracting(Rewritten.Step::rewrite)
        .contains("ConstantFolding", "HoistTransposes", "FoldChannelScale");
  }

  @Test
  void a_segformer_loses_its_scales_its_norm_and_the_wide_convolution_of_its_decoder() {
    Optimizer optimizer = optimizer(Network.SEGFORMER);
    Graph after = optimizer.rewritten().graph();
    assertThat(count(after, "BatchNormalization", "Concat", "MUL")).containsOnly(0L);
    assertThat(optimizer.rewritten().steps())
        .extracting(Rewritten.Step::rewrite)
        .contains(
            "MergeTransposes",
            "FoldBatchNormalization",
            "FoldChannelScale",
            "SplitPointwise",
            "PointwiseBeforeResize",
            "MergeLinear");
  }

  @Test
  void more_than_half_of_the_multiplications_of_a_segformer_b0_are_saved() {
    try (Model model = Model.newInstance("b0", "PyTorch")) {
      Block block = SegFormer.Config.B0.build();
      block.initialize(model.getNDManager(), DataType.FLOAT32);
      model.setBlock(block);
      // At a fixed size, so that every type is known.
      Graph before = Tracer.traceExactly(block, new Shape(1, 3, 128, 128));
      Graph after = Rewritten.of(before, Backend.named(Backend.PYTORCH).rewrites()).graph();
      assertThat(multiplications(after)).isLessThan(multiplications(before) / 2);
    }
  }

  private static List<Long> count(Graph graph, String... names) {
    List<String> ops = TestGraph.ops(graph);
    return Stream.of(names).map(name -> ops.stream().filter(name::equals).count()).toList();
  }

  private static long multiplications(Graph graph) {
    return graph.nodes().stream().mapToLong(OptimizedModelsTest::multiplications).sum();
  }

  private static long multiplications(Node node) {
    long size = new Shape(node.output().type().dims()).size();
    List<Long> second = node.inputs().size() < 2 ? List.of() : node.inputs().get(1).type().dims();
    if (node.op() instanceof LayerOp.Conv) {
      return size * second.get(1) * second.get(2) * second.get(3);
    }
    return node.op() instanceof LayerOp.MatMul ? size * second.get(second.size() - 2) : 0;
  }
}
