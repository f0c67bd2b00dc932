package dev.fovea.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.fovea.nn.Conv2d;
import dev.fovea.nn.LayerNorm;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Right blocks keep every check; each fault that a block can have is found and named. */
class BlockContractTest {

  private static final String GRAPH = "records no graph when it predicts on a new thread";
  private static final Shape ROWS = new Shape(3, 4);

  @TestFactory
  Stream<DynamicTest> layers_of_fovea() {
    return Stream.of(
            BlockContract.of("Linear", () -> new dev.fovea.nn.Linear(4, 5))
                .inputs(ROWS)
                .outputs(new Shape(3, 5)),
            BlockContract.of("LayerNorm", () -> LayerNorm.last(4, 1e-6)).inputs(ROWS),
            BlockContract.of("Conv2d", () -> Conv2d.patch(2, 3, 2))
                .inputs(new Shape(2, 2, 4, 6))
                .outputs(new Shape(2, 3, 2, 3)),
            BlockContract.of("BatchNorm", () -> new dev.fovea.nn.BatchNorm(2))
                .inputs(new Shape(4, 2, 3, 3)))
        .flatMap(BlockContract::tests);
  }

  /** DJL's parameters require a gradient, whatever the pass is for. */
  @Test
  void blocks_of_djl_keep_all_but_one() {
    BlockContract contract =
        BlockContract.of("SequentialBlock", BlockContractTest::sequence)
            .inputs(ROWS)
            .outputs(new Shape(3, 2))
            .withoutEffect("01Linear_bias", "batch normalization takes the mean away");
    assertThat(Faults.of(contract.tests())).containsOnlyKeys("SequentialBlock " + GRAPH);
    assertThat(Faults.of(contract.without(GRAPH, "known").tests())).isEmpty();
  }

  private static Block sequence() {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(5).build())
        .add(BatchNorm.builder().build())
        .add(Activation.tanhBlock())
        .add(Dropout.builder().build())
        .add(Linear.builder().setUnits(2).build());
  }

  /** One parameter, and one fault or none. */
  private static final class Scale extends AbstractBlock {

    private enum Fault {
      NONE,
      UNUSED,
      STOPPED,
      WRONG_SHAPE,
      ACROSS_THE_BATCH,
      ON_THE_PARAMETER,
      OVERWRITES,
      RANDOM,
      UNSAVED,
      JAVA_NUMBER,
      GRAPH
    }

    private static final AtomicInteger BUILT = new AtomicInteger();
    private final Fault fault;
    private final int serial = BUILT.incrementAndGet();
    private final Parameter gamma =
        addParameter(
            Parameter.builder()
                .setName("gamma")
                .setType(Parameter.Type.GAMMA)
                .optShape(new Shape(4))
                .build());

    Scale(Fault fault) {
      this.fault = fault;
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store,
        NDList inputs,
        boolean training,
        @Nullable PairList<String, Object> params) {
      NDArray x = inputs.singletonOrThrow();
      NDArray g = store.getValue(gamma, x.getDevice(), training);
      if (!training && fault != Fault.GRAPH) {
        g = g.stopGradient();
        g.attach(x.getManager());
      }
      return new NDList(
          switch (fault) {
            case UNUSED -> x.square();
            case STOPPED -> x.mul(g).add(x.mul(g).stopGradient());
            case ACROSS_THE_BATCH -> x.mul(g).add(x.mean(new int[] {0}));
            case ON_THE_PARAMETER -> store.getValue(gamma, x.getDevice(), training).mul(x);
            case OVERWRITES -> training ? x.mul(g) : x.muli(g);
            case RANDOM -> x.mul(g).add(x.getManager().randomNormal(x.getShape(), x.getDataType()));
            case JAVA_NUMBER -> x.mul(g).mul(2);
            case UNSAVED -> x.mul(g).add(serial);
            case NONE, WRONG_SHAPE, GRAPH -> x.mul(g);
          });
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
      return fault == Fault.WRONG_SHAPE ? new Shape[] {new Shape(4)} : inputShapes;
    }
  }

  private static Map<String, String> faults(Scale.Fault fault) {
    Supplier<Block> block = () -> new Scale(fault);
    return Faults.of(BlockContract.of("Scale", block).inputs(ROWS).tests());
  }

  private static void assertFault(Scale.Fault fault, String check, String words) {
    Map<String, String> faults = faults(fault);
    assertThat(faults).containsOnlyKeys("Scale " + check);
    assertThat(faults.get("Scale " + check)).contains(words);
  }

  @Test
  void a_block_without_a_fault_keeps_every_check() {
    assertThat(faults(Scale.Fault.NONE)).isEmpty();
  }

  @Test
  void a_parameter_that_is_not_used() {
    assertFault(
        Scale.Fault.UNUSED,
        "has the gradient of finite differences for every parameter",
        "parameter gamma gets no gradient");
  }

  @Test
  void a_gradient_that_is_stopped() {
    assertFault(
        Scale.Fault.STOPPED,
        "has the gradient of finite differences for every parameter",
        "automatic = 0.500000 x finite differences throughout");
  }

  @Test
  void shapes_that_are_announced_wrongly() {
    assertFault(
        Scale.Fault.WRONG_SHAPE,
        "gives the shapes that it announces",
        "getOutputShapes says [(4)], but forward gives [(3, 4)]");
  }

  @Test
  void shapes_that_are_not_those_expected() {
    Supplier<Block> block = () -> new Scale(Scale.Fault.NONE);
    Map<String, String> faults =
        Faults.of(BlockContract.of("Scale", block).inputs(ROWS).outputs(new Shape(3, 5)).tests());
    assertThat(faults.get("Scale gives the shapes that it announces"))
        .contains("outputs are [(3, 4)], expected [(3, 5)]");
  }

  @Test
  void samples_of_a_batch_that_see_each_other() {
    assertFault(
        Scale.Fault.ACROSS_THE_BATCH,
        "makes of a batch of two what it makes of two batches of one",
        "batch of two");
  }

  @Test
  void results_that_hang_on_the_manager_of_the_parameters() {
    Map<String, String> faults = faults(Scale.Fault.ON_THE_PARAMETER);
    assertThat(faults.get("Scale leaves nothing behind"))
        .contains("leaves 1 arrays on the manager of the parameters");
  }

  @Test
  void an_input_that_is_overwritten() {
    Map<String, String> faults = faults(Scale.Fault.OVERWRITES);
    assertThat(faults).containsOnlyKeys("Scale leaves its inputs as they are");
  }

  @Test
  void random_numbers_in_a_prediction() {
    Map<String, String> faults = faults(Scale.Fault.RANDOM);
    assertThat(faults.get("Scale gives the same again"))
        .contains("a second prediction from the same input differs");
  }

  @Test
  void state_that_is_not_saved() {
    assertFault(
        Scale.Fault.UNSAVED,
        "is the same after saving and loading",
        "a block that was saved and loaded differs");
  }

  @Test
  void a_java_number_that_autograd_reads_when_it_is_gone() {
    assertFault(
        Scale.Fault.JAVA_NUMBER,
        "keeps its gradient through a garbage collection",
        "an array that autograd saved has lost its memory");
  }

  @Test
  void a_graph_that_nobody_needs() {
    assertFault(Scale.Fault.GRAPH, GRAPH, "records a graph");
  }

  @Test
  void a_contract_without_inputs_is_refused() {
    BlockContract contract = BlockContract.of("Scale", () -> new Scale(Scale.Fault.NONE));
    assertThatThrownBy(contract::tests).hasMessageContaining("give the shapes of the inputs");
    assertThatThrownBy(() -> contract.inputs(new Shape(1, 4)))
        .hasMessageContaining("batch of 2 or more, but is (1, 4)");
  }
}
