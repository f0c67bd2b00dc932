package dev.fovea.testkit;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes predictions and labels, of moderate size, random, and exactly representable in float32.
 *
 * @param kind what labels mean
 * @param shape the shape of the predictions
 * @param ignored the label of positions that do not count, or null
 * @param seed another seed gives other numbers
 */
record LossInputs(Labels kind, Shape shape, @Nullable Long ignored, long seed) {

  private static final double[] EXTREME = {-1e4, -100, -30, 0, 30, 100, 1e4};

  /** The usual sample; a third of its labels are ignored, if anything is. */
  Sample sample() {
    return sample(seed);
  }

  /** A sample of the same form with other numbers. */
  Sample another() {
    return sample(seed + 1);
  }

  private Sample sample(long from) {
    Random random = new Random(from);
    Tensor predictions = values(random);
    Tensor labels = labels(random);
    Long marker = ignored;
    if (marker != null) {
      Tensor all = labels;
      labels = all.mapIndex(i -> i % 3 == 1 ? marker : all.at(i));
    }
    return new Sample(predictions, labels, kind == Labels.CLASSES ? DataType.INT64 : null);
  }

  private Tensor values(Random random) {
    if (kind != Labels.BOXES) {
      return Tensor.random(shape, random, -3, 3);
    }
    Tensor corners = Tensor.random(shape, random, 0, 4);
    Tensor sizes = Tensor.random(shape, random, 1, 5);
    return corners.mapIndex(
        i -> i % 4 < 2 ? corners.at(i) : (float) (corners.at(i - 2) + sizes.at(i)));
  }

  private Tensor labels(Random random) {
    return switch (kind) {
      case CLASSES -> whole(positions(), random, (int) shape.get(1));
      case BINARY -> whole(shape, random, 2);
      case SIGNS -> whole(shape, random, 2).map(x -> 2 * x - 1);
      case VALUES, BOXES -> values(random);
    };
  }

  private static Tensor whole(Shape shape, Random random, int bound) {
    return new Tensor(shape, new double[Math.toIntExact(shape.size())])
        .map(any -> random.nextInt(bound));
  }

  private Shape positions() {
    return new Shape(shape.get(0)).addAll(shape.slice(2));
  }

  /** Predictions far out, each against a random label; boxes that are huge, empty, equal, apart. */
  Sample extreme() {
    Random random = new Random(seed);
    Sample usual = sample();
    if (kind != Labels.BOXES) {
      return usual.withPredictions(
          usual.predictions().map(any -> EXTREME[random.nextInt(EXTREME.length)]));
    }
    double[][] forms = {{0, 0, 1e4, 1e4}, {2, 2, 2, 2}, {-1e4, 0, -9e3, 1}, {1, 1, 3, 3}};
    double[][] truth = {{1, 1, 3, 3}, {2, 2, 2, 2}, {5, 5, 5, 9}};
    return usual
        .withPredictions(usual.predictions().mapIndex(i -> forms[i / 4 % 4][i % 4]))
        .withLabels(usual.labels().mapIndex(i -> truth[i / 4 % 3][i % 4]));
  }

  /** Predictions that could hardly be better. */
  Sample right() {
    return answers(0);
  }

  /** Predictions that are clearly wrong. */
  Sample wrong() {
    return answers(1);
  }

  private Sample answers(int error) {
    Sample usual = sample();
    Tensor labels = usual.labels();
    IntToDoubleFunction answer =
        switch (kind) {
          case CLASSES ->
              i -> {
                long inner = shape.slice(2).size();
                long classes = shape.get(1);
                double wanted = (usual.labelOf(usual.predictions(), i) + error) % classes;
                return i / inner % classes == wanted ? 5 : -5;
              };
          case BINARY -> i -> (labels.at(i) == 1) == (error == 0) ? 5 : -5;
          case SIGNS -> i -> labels.at(i) * (error == 0 ? 5 : -5);
          case VALUES, BOXES -> i -> labels.at(i) + 3 * error;
        };
    return usual.withPredictions(usual.predictions().mapIndex(answer));
  }

  /** The labels that all positions of a batch may have in common. */
  List<Double> uniformLabels() {
    return switch (kind) {
      case CLASSES -> List.of(0.0, shape.get(1) - 1.0);
      case BINARY -> List.of(0.0, 1.0);
      case SIGNS -> List.of(-1.0, 1.0);
      case VALUES, BOXES -> List.of();
    };
  }

  /** The types in which labels come out of data sets. */
  List<DataType> labelTypes() {
    return switch (kind) {
      case CLASSES -> List.of(DataType.INT64, DataType.INT32, DataType.FLOAT32);
      case BINARY, SIGNS -> List.of(DataType.FLOAT32, DataType.INT64, DataType.INT32);
      case VALUES, BOXES -> List.of(DataType.FLOAT32, DataType.FLOAT64);
    };
  }

  /** Whether positions lie along an axis; classes and the corners of boxes do not count as such. */
  boolean hasPositionsAlong(int axis) {
    return axis == 0 || (kind != Labels.BOXES && !(kind == Labels.CLASSES && axis == 1));
  }

  /**
   * The axis of the labels that belongs to an axis of the predictions along which positions lie.
   */
  int labelAxis(int axis) {
    return kind == Labels.CLASSES && axis > 1 ? axis - 1 : axis;
  }
}
