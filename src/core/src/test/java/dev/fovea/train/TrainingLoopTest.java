package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.TrainingDivergedException;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.util.Pair;
import dev.fovea.loss.CrossEntropyLoss;
import dev.fovea.loss.Reduction;
import dev.fovea.train.BatchSource.Batch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TrainingLoopTest {

  private static final Shape IMAGES = new Shape(8, 3, 6, 6);

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /**
   * The losses of the same net in PyTorch 2.7.1, float32: {@code Sequential(Conv2d(3, 4, 3,
   * padding=1, bias=False), BatchNorm2d(4), ReLU(), Flatten(), Linear(144, 3)).train()}, filled by
   * {@link HashFill} under the paths of the block below; {@code AdamW([{matrices, weight_decay
   * .05}, {vectors, weight_decay 0}])}; in step s from 0 the rate is .02 (1 - s / 10), times 1 - .9
   * (1 - s / 3) before step 3; {@code cross_entropy(net(x), y, label_smoothing=.1)}; {@code
   * clip_grad_norm_(net.parameters(), .5)}.
   */
  @Test
  void ten_steps_are_those_of_pytorch() {
    Block block = net();
    List<Double> norms = new ArrayList<>();
    TrainingResult result;
    try (AdamW optimizer = new AdamW(0.05)) {
      result =
          TrainingLoop.of(
                  block,
                  new CrossEntropyLoss(null, null, 0.1, Reduction.MEAN),
                  optimizer,
                  Schedule.polynomial(0.02, 1, 10).withWarmup(3, 0.1))
              .steps(10)
              .clipNorm(0.5)
              .listener(progress -> norms.add(progress.gradientNorm().orElseThrow()))
              .run(TrainingLoopTest::toyBatch);
    }
    assertThat(doubles(result.losses()))
        .usingComparatorWithPrecision(1e-5)
        .containsExactly(
            1.404653549194336,
            1.303800106048584,
            0.9945182800292969,
            0.6924729943275452,
            0.4996095299720764,
            0.38505274057388306,
            0.32379546761512756,
            0.301665723323822,
            0.297715961933136,
            0.29839450120925903);
    assertThat(norms.get(0)).isCloseTo(2.914116144180298, within(1e-5));
    assertThat(norms.get(9)).isCloseTo(0.09525104612112045, within(1e-4));
    assertThat(values(block, "02BatchNorm_runningVar"))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(0.4951811f, 0.5134923f, 0.49596426f, 0.55965316f);
    assertThat(values(block, "02BatchNorm_runningMean"))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(0.03559570f, -0.00369469f, -0.04865011f, -0.00113136f);
    assertThat(values(block, "05Linear_bias"))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(-0.00982381f, -0.06526946f, 0.07333117f);
  }

  @Test
  void overfits_a_toy_batch() {
    TrainingResult result = loop(net(), 0.01).steps(40).run(TrainingLoopTest::toyBatch);
    assertThat(result.losses()).hasSize(40);
    assertThat(result.losses().get(0)).isGreaterThan(1);
    assertThat(result.meanOfLast(5)).isLessThan(0.01);
    assertThat(result.learningRates()).hasSize(40).containsOnly(0.01);
  }

  @Test
  void nothing_grows_from_step_to_step() {
    NDManager system = manager.getParentManager();
    Block block = net();
    AtomicLong made = new AtomicLong();
    BatchSource source =
        (m, step) -> {
          Batch batch = toyBatch(m, step);
          made.incrementAndGet();
          return batch;
        };
    List<Integer> arrays = new ArrayList<>();
    int before = system.getManagedArrays().size();
    try (AdamW optimizer = new AdamW(0)) {
      TrainingLoop.of(block, new CrossEntropyLoss(), optimizer, Schedule.constant(1e-3))
          .steps(50)
          .clipNorm(1)
          .listener(
              progress -> {
                while (made.get() < Math.min(progress.step() + 1, 50)) {
                  Thread.onSpinWait(); // the next batch is being made and would be counted in part
                }
                arrays.add(system.getManagedArrays().size());
              })
          .run(source);
    }
    assertThat(arrays.subList(0, 49)).containsOnly(arrays.get(0));
    assertThat(system.getManagedArrays()).hasSize(before);
  }

  @Test
  void an_interrupted_thread_stops_and_stays_interrupted() {
    TrainingLoop loop =
        loop(net(), 0.01).steps(9).listener(progress -> Thread.currentThread().interrupt());
    assertThatThrownBy(() -> loop.run(TrainingLoopTest::toyBatch))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("interrupted before step 1");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void prediction_after_training_builds_no_graph_on_any_thread() {
    Block block = net();
    loop(block, 0.01).steps(2).run(TrainingLoopTest::toyBatch);
    Throwable refusal =
        CompletableFuture.supplyAsync(
                () -> {
                  try (NDManager thread = manager.newSubManager();
                      GradientCollector collector = thread.getEngine().newGradientCollector()) {
                    NDList inputs = new NDList(HashFill.pixels(thread, "batch", IMAGES));
                    NDList outputs =
                        block.forward(new ParameterStore(thread, false), inputs, false);
                    collector.backward(outputs.head().sum());
                    return new AssertionError("there is a graph to go backward on");
                  } catch (EngineException e) {
                    return e;
                  }
                })
            .join();
    assertThat(refusal).hasMessageContaining("does not require grad");
  }

  @Test
  void frozen_parameters_stay_and_the_others_move() {
    Block block = net();
    block.getParameters().get("01Conv2d_weight").freeze(true);
    float[] frozen = values(block, "01Conv2d_weight");
    float[] free = values(block, "05Linear_weight");
    loop(block, 0.01).steps(3).run(TrainingLoopTest::toyBatch);
    assertThat(values(block, "01Conv2d_weight")).containsExactly(frozen);
    assertThat(values(block, "05Linear_weight")).isNotEqualTo(free);
  }

  @Test
  void a_run_can_be_repeated() {
    TrainingLoop first = loop(netWithDropout(), 0.01).steps(5).seed(3);
    List<Double> losses = first.run(TrainingLoopTest::toyBatch).losses();
    assertThat(
            loop(netWithDropout(), 0.01).steps(5).seed(3).run(TrainingLoopTest::toyBatch).losses())
        .isEqualTo(losses);
    assertThat(
            loop(netWithDropout(), 0.01).steps(5).seed(4).run(TrainingLoopTest::toyBatch).losses())
        .isNotEqualTo(losses);
  }

  @Test
  void a_loss_that_is_not_finite_stops_before_the_update() {
    Block block = net();
    BatchSource source =
        (m, step) -> {
          Batch batch = toyBatch(m, step);
          if (step == 3) {
            batch.inputs().head().muli(Float.NaN);
          }
          return batch;
        };
    List<float[]> weights = new ArrayList<>();
    TrainingLoop loop =
        loop(block, 0.01).steps(9).listener(p -> weights.add(values(block, "05Linear_weight")));
    assertThatThrownBy(() -> loop.run(source))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("loss of step 3 is NaN at a learning rate of 0.01");
    assertThat(values(block, "05Linear_weight")).containsExactly(weights.get(2));
  }

  @Test
  void batches_come_in_order_one_ahead_and_a_failure_names_its_step() {
    List<Long> asked = Collections.synchronizedList(new ArrayList<>());
    BatchSource source =
        (m, step) -> {
          asked.add(step);
          if (step == 2) {
            throw new IOException("disk on fire");
          }
          return toyBatch(m, step);
        };
    assertThatThrownBy(() -> loop(net(), 0.01).steps(9).run(source))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("The batch of step 2 could not be made")
        .hasRootCauseMessage("disk on fire");
    assertThat(asked).containsExactly(0L, 1L, 2L);
    // Whatever happened, the next training can collect gradients.
    assertThat(loop(net(), 0.01).steps(1).run(TrainingLoopTest::toyBatch).losses()).hasSize(1);
  }

  @Test
  void tells_the_listener_where_it_stands() {
    List<Progress> told = new ArrayList<>();
    TrainingResult result =
        loop(net(), 0.01)
            .steps(5)
            .metric(2, block -> block.getParameters().size())
            .listener(told::add)
            .run(TrainingLoopTest::toyBatch);
    assertThat(told).extracting(Progress::step).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(told).allMatch(p -> p.steps() == 5 && p.imagesPerSecond() > 0);
    assertThat(told.get(0).metric()).isEmpty();
    assertThat(told.get(2).metric()).hasValue(7);
    assertThat(told.get(4).secondsLeft()).isZero();
    assertThat(told.get(0).secondsLeft()).isPositive();
    assertThat(result.metrics()).containsOnlyKeys(2L, 4L, 5L);
  }

  @Test
  void takes_a_dataset_of_djl_epoch_after_epoch() {
    NDArray images = HashFill.pixels(manager, "batch", IMAGES);
    NDArray labels = manager.create(new long[] {0, 1, 2, 0, 1, 2, 0, 1});
    ArrayDataset dataset =
        new ArrayDataset.Builder().setData(images).optLabels(labels).setSampling(3, false).build();
    int before = manager.getManagedArrays().size();
    BatchSource source = BatchSource.of(dataset);
    List<Double> losses = loop(net(), 0).steps(7).run(source).losses();
    // Three batches of 3, 3 and 2 images an epoch; without learning, epochs repeat.
    assertThat(losses.subList(3, 6)).isEqualTo(losses.subList(0, 3));
    assertThat(losses.get(6)).isEqualTo(losses.get(0)).isNotEqualTo(losses.get(1));
    assertThat(loop(net(), 0).steps(1).run(source).losses()).containsExactly(losses.get(0));
    assertThat(manager.getManagedArrays()).hasSize(before + 14);
  }

  @Test
  void refuses_what_cannot_be_trained() {
    SequentialBlock empty = new SequentialBlock();
    empty.add(Linear.builder().setUnits(2).build());
    assertThatThrownBy(() -> loop(empty, 1).run(TrainingLoopTest::toyBatch))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"01Linear_weight\" has no values");
    Block frozen = net();
    frozen.freezeParameters(true);
    assertThatThrownBy(() -> loop(frozen, 1).run(TrainingLoopTest::toyBatch))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("There is nothing to train");
    CrossEntropyLoss single = new CrossEntropyLoss(null, null, 0, Reduction.NONE);
    TrainingLoop loop = TrainingLoop.of(net(), single, new Adam(), Schedule.constant(1));
    assertThatThrownBy(() -> loop.run(TrainingLoopTest::toyBatch))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gave (8) where training needs a scalar");
  }

  private static TrainingLoop loop(Block block, double rate) {
    return TrainingLoop.of(block, new CrossEntropyLoss(), new Adam(), Schedule.constant(rate));
  }

  private static Batch toyBatch(NDManager manager, long step) {
    NDArray images = HashFill.pixels(manager, "batch", IMAGES);
    NDArray labels = manager.create(new long[] {0, 1, 2, 0, 1, 2, 0, 1});
    images.setName("batch");
    labels.setName("batch");
    return new Batch(new NDList(images), new NDList(labels));
  }

  private Block net() {
    return initialized(layers());
  }

  private Block netWithDropout() {
    return initialized(layers().add(Dropout.builder().optRate(0.5f).build()));
  }

  private static SequentialBlock layers() {
    return new SequentialBlock()
        .add(
            Conv2d.builder()
                .setFilters(4)
                .setKernelShape(new Shape(3, 3))
                .optPadding(new Shape(1, 1))
                .optBias(false)
                .build())
        .add(BatchNorm.builder().build())
        .add(Activation.reluBlock())
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(3).build());
  }

  private Block initialized(Block block) {
    block.initialize(manager, DataType.FLOAT32, IMAGES);
    for (Pair<String, Parameter> parameter : block.getParameters()) {
      HashFill.fill(parameter.getKey(), parameter.getValue());
    }
    return block;
  }

  private static float[] values(Block block, String path) {
    return block.getParameters().get(path).getArray().toFloatArray();
  }

  private static double[] doubles(List<Double> list) {
    return list.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
