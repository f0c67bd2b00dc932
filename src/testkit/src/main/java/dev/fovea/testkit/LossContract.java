package dev.fovea.testkit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;

/**
 * What every loss should keep, as tests of one loss: it has the right gradient, stays finite, takes
 * odd batches, is reduced as it says, and leaves nothing behind.
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicTest> focal_loss() {
 *   return LossContract.of(new MyFocalLoss(0.25, 2)).logits(4, 3).labels(Labels.BINARY).tests();
 * }
 * }</pre>
 *
 * <p>Runs on DJL's default engine. Where a loss deliberately refuses an empty batch or a type of
 * labels, it must do so with an {@link IllegalArgumentException}.
 */
public final class LossContract {

  private final String name;
  private final BinaryOperator<NDArray> loss;
  private Shape shape = new Shape(4, 3);
  private Labels labels = Labels.CLASSES;
  private Reduction reduction = Reduction.MEAN;
  private @Nullable BinaryOperator<NDArray> singleLosses;
  private @Nullable Long ignored;
  private boolean shiftInvariant;
  private boolean scaleInvariant;
  private long seed = 1;
  private final List<String> golden = new ArrayList<>();
  private final Map<String, String> omitted = new LinkedHashMap<>();

  private LossContract(String name, BinaryOperator<NDArray> loss) {
    this.name = name;
    this.loss = loss;
  }

  /**
   * Starts from one of DJL's losses.
   *
   * @param loss takes one array of predictions and one of labels
   * @return the contract
   */
  public static LossContract of(Loss loss) {
    return of(
        loss.getName(),
        (predictions, labels) -> loss.evaluate(new NDList(labels), new NDList(predictions)));
  }

  /**
   * Starts from a function.
   *
   * @param name what messages call it
   * @param loss a function of predictions and labels, in this order
   * @return the contract
   */
  public static LossContract of(String name, BinaryOperator<NDArray> loss) {
    return new LossContract(name, loss);
  }

  /**
   * Sets the shape of the predictions, (4, 3) unless told. Small shapes have every element of the
   * gradient compared.
   *
   * @param dimensions the batch, 2 or more, comes first; then classes, if there are any
   * @return this
   */
  public LossContract logits(long... dimensions) {
    if (dimensions.length < 2 || dimensions[0] < 2) {
      throw new IllegalArgumentException(
          "Predictions must be (N, ...) with a batch of 2 or more, but are "
              + new Shape(dimensions));
    }
    shape = new Shape(dimensions);
    return this;
  }

  /**
   * Sets what the loss compares predictions with, {@link Labels#CLASSES} unless told.
   *
   * @param labels the kind of labels
   * @return this
   */
  public LossContract labels(Labels labels) {
    this.labels = labels;
    return this;
  }

  /**
   * States a label that marks positions without loss and gradient.
   *
   * @param label usually 255 or -100
   * @return this
   */
  public LossContract ignoring(long label) {
    ignored = label;
    return this;
  }

  /**
   * States that the result is a mean over all positions, perhaps a weighted one; so it is unless
   * told.
   *
   * @return this
   */
  public LossContract mean() {
    reduction = Reduction.MEAN;
    return this;
  }

  /**
   * States that the result is the sum over all positions.
   *
   * @return this
   */
  public LossContract sum() {
    reduction = Reduction.SUM;
    return this;
  }

  /**
   * States that the result is one loss per position.
   *
   * @return this
   */
  public LossContract unreduced() {
    reduction = Reduction.NONE;
    return this;
  }

  /**
   * States that the result is one number that is no sum of single losses, such as a Dice loss.
   *
   * @return this
   */
  public LossContract joint() {
    reduction = Reduction.JOINT;
    return this;
  }

  /**
   * Gives the same loss without reduction. The loss must be its mean, each position that is not
   * ignored weighing the same, or its sum.
   *
   * @param unreduced a function of predictions and labels
   * @return this
   */
  public LossContract singleLosses(BinaryOperator<NDArray> unreduced) {
    singleLosses = unreduced;
    return this;
  }

  /**
   * States that only differences between the logits of a position matter, as in a softmax.
   *
   * @return this
   */
  public LossContract shiftInvariant() {
    shiftInvariant = true;
    return this;
  }

  /**
   * States that only proportions matter, as in the overlap of boxes.
   *
   * @return this
   */
  public LossContract scaleInvariant() {
    scaleInvariant = true;
    return this;
  }

  /**
   * Compares with golden cases, reduced as this loss is.
   *
   * @param fixtures names of {@link LossFixture}s
   * @return this
   */
  public LossContract golden(String... fixtures) {
    golden.addAll(List.of(fixtures));
    return this;
  }

  /**
   * Sets where inputs come from, 1 unless told.
   *
   * @param seed another gives other numbers
   * @return this
   */
  public LossContract seed(long seed) {
    this.seed = seed;
    return this;
  }

  /**
   * Skips a check that the loss is known not to keep; it is reported as skipped.
   *
   * @param check its name: that of the test without the name of the loss
   * @param reason why the loss does not keep it
   * @return this
   */
  public LossContract without(String check, String reason) {
    omitted.put(check, reason);
    return this;
  }

  /**
   * Makes the tests.
   *
   * @return one test per check, for a {@link org.junit.jupiter.api.TestFactory}
   * @throws IllegalArgumentException if a check that is to be skipped does not exist, or the shape
   *     does not fit the labels
   */
  public Stream<DynamicTest> tests() {
    if (labels == Labels.BOXES && !(shape.dimension() == 2 && shape.get(1) == 4)) {
      throw new IllegalArgumentException("Boxes must be (N, 4), but are " + shape);
    }
    LossInputs inputs = new LossInputs(labels, shape, ignored, seed);
    LossNumbers numbers = new LossNumbers(loss, inputs, reduction);
    LossLaws laws = new LossLaws(loss, inputs, reduction, singleLosses);
    Checks checks = new Checks();
    golden.forEach(
        fixture -> checks.add("is that of golden case " + fixture, () -> numbers.golden(fixture)));
    numbers.addTo(checks);
    laws.addTo(checks);
    if (shiftInvariant) {
      checks.add("does not see a shift of all logits", laws::shift);
    }
    if (scaleInvariant) {
      checks.add("does not see a change of scale", laws::scale);
    }
    new LossCalls(loss, inputs).addTo(checks);
    checks.omit(omitted);
    return checks.tests(name);
  }
}
