package dev.fovea.train;

import ai.djl.TrainingDivergedException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Trains a block: forward, loss, backward, update, as many times as there are steps.
 *
 * <p>It takes any DJL block whose parameters are initialized. They are learnt in place and never
 * carry a gradient themselves ({@link AutogradParameters}), not even if the block was initialized
 * to; to freeze some, {@link Parameter#freeze} them before. What a step allocates is freed when it
 * ends. The engine collects gradients for one training per JVM at a time.
 *
 * <pre>{@code
 * TrainingResult result =
 *     TrainingLoop.of(block, new CrossEntropyLoss(), new AdamW(0.05), Schedule.constant(1e-4))
 *         .steps(1000)
 *         .clipNorm(1)
 *         .listener(progress -> log.info("{}", progress))
 *         .run(BatchSource.of(dataset));
 * }</pre>
 */
public final class TrainingLoop {

  private final Block block;
  private final Loss loss;
  private final Optimizer optimizer;
  private final Schedule schedule;
  private long steps = 1;
  private int seed = 0;
  private double maxNorm = Double.NaN;
  private Consumer<Progress> listener = progress -> {};
  private long metricEvery = Long.MAX_VALUE;
  private ToDoubleFunction<Block> metric = b -> Double.NaN;

  private TrainingLoop(Block block, Loss loss, Optimizer optimizer, Schedule schedule) {
    this.block = block;
    this.loss = loss;
    this.optimizer = optimizer;
    this.schedule = schedule;
  }

  /**
   * Creates a loop of one step.
   *
   * @param block the block to train, initialized
   * @param loss the loss, giving a scalar
   * @param optimizer the optimizer; it stays the caller's to close
   * @param schedule the learning rate of every step
   * @return the loop
   */
  public static TrainingLoop of(Block block, Loss loss, Optimizer optimizer, Schedule schedule) {
    return new TrainingLoop(block, loss, optimizer, schedule);
  }

  /**
   * Sets the number of updates.
   *
   * @param steps the number of updates, from 1
   * @return this loop
   */
  public TrainingLoop steps(long steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("steps must be 1 or more, but is " + steps);
    }
    this.steps = steps;
    return this;
  }

  /**
   * Sets the seed of the engine's random numbers, which dropout draws; 0 if not set. The engine has
   * one generator for the whole JVM.
   *
   * @param seed the seed
   * @return this loop
   */
  public TrainingLoop seed(int seed) {
    this.seed = seed;
    return this;
  }

  /**
   * Has gradients clipped, see {@link GradientNorm}; they are not if not set.
   *
   * @param maxNorm the largest norm of all gradients together, above 0
   * @return this loop
   */
  public TrainingLoop clipNorm(double maxNorm) {
    if (!(maxNorm > 0)) {
      throw new IllegalArgumentException("maxNorm must be above 0, but is " + maxNorm);
    }
    this.maxNorm = maxNorm;
    return this;
  }

  /**
   * Has somebody told about every step. The listener runs between steps on the thread of the
   * training; what it throws ends the training.
   *
   * @param listener whom to tell
   * @return this loop
   */
  public TrainingLoop listener(Consumer<Progress> listener) {
    this.listener = listener;
    return this;
  }

  /**
   * Has a metric computed during training, such as the accuracy on held-out images.
   *
   * @param every after how many updates each time, from 1; also after the last
   * @param metric computes it from the block
   * @return this loop
   */
  public TrainingLoop metric(long every, ToDoubleFunction<Block> metric) {
    if (every < 1) {
      throw new IllegalArgumentException("every must be 1 or more, but is " + every);
    }
    this.metricEvery = every;
    this.metric = metric;
    return this;
  }

  /**
   * Trains.
   *
   * @param source where batches come from
   * @return losses, rates and metrics
   * @throws TrainingDivergedException if a loss, or the norm of gradients to be clipped, is not
   *     finite; the parameters are then those before that step
   * @throws IllegalStateException if a batch cannot be made, or the thread is interrupted
   * @throws IllegalArgumentException if nothing can be trained, or the loss gives no scalar
   */
  public TrainingResult run(BatchSource source) {
    ParameterList list = block.getParameters();
    Map<String, Parameter> parameters = trainable(list);
    NDArray any = parameters.values().iterator().next().getArray();
    Engine engine = any.getManager().getEngine();
    engine.setRandomSeed(seed);
    List<Double> losses = new ArrayList<>();
    List<Double> rates = new ArrayList<>();
    SortedMap<Long, Double> metrics = new TreeMap<>();
    OptionalDouble lastMetric = OptionalDouble.empty();
    long images = 0;
    long start = System.nanoTime();
    try (NDManager run = engine.newBaseManager(any.getDevice());
        BatchPrefetch batches = new BatchPrefetch(source, run, steps)) {
      for (long step = 0; step < steps; step++) {
        double rate = schedule.learningRate(step);
        Outcome outcome;
        try (BatchPrefetch.Prepared prepared = batches.take(step)) {
          outcome = update(prepared, list, parameters, step, rate);
        }
        losses.add(outcome.loss());
        rates.add(rate);
        images += outcome.images();
        long done = step + 1;
        if (metricEvery != Long.MAX_VALUE && (done % metricEvery == 0 || done == steps)) {
          lastMetric = OptionalDouble.of(metric.applyAsDouble(block));
          metrics.put(done, lastMetric.getAsDouble());
        }
        double seconds = (System.nanoTime() - start) * 1e-9;
        listener.accept(
            new Progress(
                done,
                steps,
                outcome.loss(),
                rate,
                outcome.gradientNorm(),
                images / seconds,
                seconds / done * (steps - done),
                lastMetric));
      }
    }
    return new TrainingResult(
        Collections.unmodifiableList(losses),
        Collections.unmodifiableList(rates),
        Collections.unmodifiableSortedMap(metrics),
        (System.nanoTime() - start) * 1e-9);
  }

  private record Outcome(double loss, OptionalDouble gradientNorm, long images) {}

  private Outcome update(
      BatchPrefetch.Prepared prepared,
      ParameterList list,
      Map<String, Parameter> parameters,
      long step,
      double rate) {
    NDList inputs = prepared.batch().inputs();
    NDList labels = prepared.batch().labels();
    AutogradParameters autograd = new AutogradParameters(prepared.step(), list);
    double value;
    try (GradientCollector collector = prepared.step().getEngine().newGradientCollector()) {
      NDArray result = loss.evaluate(labels, block.forward(autograd, inputs, true));
      if (result.size() != 1) {
        throw new IllegalArgumentException(
            loss.getName()
                + " gave "
                + result.getShape()
                + " where training needs a scalar; choose the reduction mean or sum");
      }
      value = result.stopGradient().toType(DataType.FLOAT64, false).toDoubleArray()[0];
      requireFinite("loss", value, step, rate);
      collector.backward(result);
    }
    Map<String, NDArray> gradients = autograd.gradients();
    OptionalDouble norm = OptionalDouble.empty();
    if (!Double.isNaN(maxNorm)) {
      norm = OptionalDouble.of(GradientNorm.clip(gradients.values(), maxNorm));
      requireFinite("norm of the gradients", norm.getAsDouble(), step, rate);
    }
    optimizer.update(parameters, gradients, rate);
    return new Outcome(value, norm, inputs.head().getShape().get(0));
  }

  private static void requireFinite(String what, double value, long step, double rate) {
    if (!Double.isFinite(value)) {
      throw new TrainingDivergedException(
          String.format(
              "The %s of step %d is %s at a learning rate of %s; lower the rate, warm it up, clip"
                  + " the norm of the gradients, or look for faulty inputs",
              what, step, value, rate));
    }
  }

  private Map<String, Parameter> trainable(ParameterList list) {
    Map<String, Parameter> trainable = new LinkedHashMap<>();
    for (Pair<String, Parameter> entry : list) {
      Parameter parameter = entry.getValue();
      if (!parameter.isInitialized()) {
        throw new IllegalArgumentException(
            "Parameter \""
                + entry.getKey()
                + "\" has no values; initialize or load the block first");
      }
      // DJL's initialize() makes parameters require a gradient; here their handles do.
      parameter.getArray().setRequiresGradient(false);
      if (AutogradParameters.isTrainable(parameter)) {
        trainable.put(entry.getKey(), parameter);
      }
    }
    if (trainable.isEmpty()) {
      throw new IllegalArgumentException(
          "There is nothing to train: every parameter of the block is frozen, or there is none");
    }
    return trainable;
  }
}
