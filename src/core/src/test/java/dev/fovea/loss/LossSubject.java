package dev.fovea.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import dev.fovea.loss.FocalLoss.Options;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A loss under contract.
 *
 * @param name what it is called in reports
 * @param input what it takes
 * @param of the loss with a reduction
 * @param traits what does not go without saying
 */
record LossSubject(String name, Input input, Function<Reduction, Loss> of, List<Trait> traits) {

  static final int CLASSES = 4;
  static final Shape MAPS = new Shape(2, CLASSES, 3, 5);

  /** What a loss takes beside logits (2, 4, 3, 5). */
  enum Input {
    /** Classes (2, 3, 5). */
    LABELS,
    /** 0 or 1 for every logit. */
    TARGETS,
    /** Numbers in [0, 1] for every logit. */
    SOFT_TARGETS,
    /** Numbers in [0, 3], (2, 3, 5). */
    NUMBERS,
    /** Not logits, but boxes (6, 4), with boxes. */
    BOXES
  }

  /** What a loss is, or has. */
  enum Trait {
    /** It takes a reduction. */
    REDUCES,
    /** It was made with the ignore index 255. */
    IGNORES,
    /** It can be below 0. */
    SIGNED,
    /** The mean over images, also of those in which nothing counts. */
    BY_IMAGE,
    /** A factor has no gradient on purpose, so that finite differences see more than there is. */
    PARTLY_FIXED
  }

  boolean is(Trait trait) {
    return traits.contains(trait);
  }

  Loss mean() {
    return of.apply(Reduction.MEAN);
  }

  @Override
  public String toString() {
    return name;
  }

  /** Every loss of the package, and its forms. */
  static Stream<LossSubject> all() {
    double[] w = {0.5, 1, 2, 0.25};
    Options half = Options.DEFAULT.withGamma(0.5).withIgnoreIndex(255);
    long[] counts = {100, 3, 10, 50};
    return Stream.of(
        labels("softmax focal", r -> FocalLoss.softmax(w, 0.5, 255, r)),
        labels("softmax focal, gamma by class", r -> softmax(half.withGamma(0, 0.1, 1, 3), r)),
        labels("softmax focal, smoothed", r -> softmax(half.withSmoothing(0.1), r)),
        labels("softmax focal, star", r -> softmax(half.withStar(0.5), r)),
        labels("cross entropy", r -> new CrossEntropyLoss(null, 255, 0.1, r)),
        labels("poly cross entropy", r -> PolyLoss.crossEntropy(1, 255, r)),
        labels("seesaw, mitigation alone", r -> new SeesawLoss(counts, 0.8, 0, 255, r)),
        labels("seesaw", r -> new SeesawLoss(counts, 0.8, 2, 255, r), Trait.PARTLY_FIXED),
        region("dice", new DiceLoss(1, 255)),
        region("jaccard", new JaccardLoss(1, 255)),
        region("tversky", new TverskyLoss(0.3, 0.7, 1, 255)),
        region("focal tversky", TverskyLoss.focal(0.3, 0.7, 1, 0.75, 255)),
        region("lovasz", LovaszLoss.softmax(LovaszLoss.Classes.ALL, false, 255)),
        region(
            "lovasz, image",
            LovaszLoss.softmax(LovaszLoss.Classes.PRESENT, true, 255),
            Trait.BY_IMAGE),
        region("hard examples", new OhemCrossEntropyLoss(0.3, 0, 255)),
        region("boundary", new BoundaryLoss(List.of(), 255), Trait.SIGNED),
        region("weighted sum", new UpsampledLoss(sum())),
        region("sum", sum()),
        targets("sigmoid focal", r -> FocalLoss.sigmoid(half.withAlpha(0.25).withReduction(r))),
        targets("sigmoid focal, by class", r -> FocalLoss.sigmoid(byClass().withReduction(r))),
        targets("sigmoid focal, star", r -> FocalLoss.sigmoid(half.withStar(0).withReduction(r))),
        targets("asymmetric", r -> new AsymmetricLoss(0.5, 0.1, 0.05, 255, r)),
        targets("asymmetric, no shift", r -> new AsymmetricLoss(4, 1, 0, 255, r)),
        targets("poly focal", r -> PolyLoss.focal(-1, 2, 255, r), Trait.SIGNED),
        targets("binary cross entropy", r -> new BinaryCrossEntropyLoss(w, 255, r)),
        new LossSubject(
            "lovasz hinge",
            Input.TARGETS,
            r -> LovaszLoss.hinge(true, 255),
            List.of(Trait.IGNORES, Trait.BY_IMAGE)),
        soft("sigmoid focal, soft", r -> FocalLoss.sigmoid(0.25, 0.5, r)),
        soft("sigmoid focal, soft, by class", r -> FocalLoss.sigmoid(byClass().withReduction(r))),
        soft("softmax focal, soft", r -> softmax(Options.DEFAULT.withGamma(0.5), r)),
        soft("quality focal", r -> new QualityFocalLoss(2, r)),
        soft("varifocal", r -> new VarifocalLoss(0.75, 0.5, r)),
        soft("gradient harmonizing", r -> new GhmLoss(10, r)),
        soft("smooth L1", r -> new SmoothL1Loss(0.5, r)),
        soft("L1", r -> new SmoothL1Loss(0, r)),
        reducing("distribution focal", Input.NUMBERS, DistributionFocalLoss::new),
        reducing("GIoU", Input.BOXES, r -> new BoxLoss(BoxLoss.Kind.GIOU, r)),
        reducing("DIoU", Input.BOXES, r -> new BoxLoss(BoxLoss.Kind.DIOU, r)),
        reducing(
            "CIoU",
            Input.BOXES,
            r -> new BoxLoss(BoxLoss.Kind.CIOU, r),
            Trait.REDUCES,
            Trait.PARTLY_FIXED));
  }

  private static FocalLoss softmax(Options options, Reduction reduction) {
    return FocalLoss.softmax(options.withReduction(reduction));
  }

  private static Options byClass() {
    return Options.DEFAULT
        .withAlpha(0.1, 0.2, 0.9, 1)
        .withGamma(c -> 0.3 * c)
        .withSmoothing(0.1)
        .withIgnoreIndex(255);
  }

  private static Loss sum() {
    FocalLoss focal = FocalLoss.softmax(null, 0.5, 255, Reduction.MEAN);
    return new WeightedSumLoss(
        List.of(
            new WeightedSumLoss.Term(0.7, focal),
            new WeightedSumLoss.Term(2, new DiceLoss(1, 255))));
  }

  private static LossSubject labels(String name, Function<Reduction, Loss> of, Trait... more) {
    return reducing(name, Input.LABELS, of, with(more, Trait.REDUCES, Trait.IGNORES));
  }

  private static LossSubject targets(String name, Function<Reduction, Loss> of, Trait... more) {
    return reducing(name, Input.TARGETS, of, with(more, Trait.REDUCES, Trait.IGNORES));
  }

  private static LossSubject region(String name, Loss loss, Trait... more) {
    return reducing(name, Input.LABELS, r -> loss, with(more, Trait.IGNORES));
  }

  private static LossSubject soft(String name, Function<Reduction, Loss> of) {
    return reducing(name, Input.SOFT_TARGETS, of, Trait.REDUCES);
  }

  private static Trait[] with(Trait[] some, Trait... more) {
    return Stream.concat(Stream.of(some), Stream.of(more)).toArray(Trait[]::new);
  }

  private static LossSubject reducing(
      String name, Input input, Function<Reduction, Loss> of, Trait... traits) {
    return new LossSubject(
        name, input, of, traits.length == 0 ? List.of(Trait.REDUCES) : List.of(traits));
  }

  /** The shape of the predictions. */
  Shape shape() {
    return input == Input.BOXES ? new Shape(6, 4) : MAPS;
  }

  /** Predictions between -3 and 3; boxes of sides 1 to 4 there. */
  double[] predictions(long seed) {
    Random random = new Random(seed);
    double[] x = random.doubles(shape().size(), -3, 3).toArray();
    if (input == Input.BOXES) {
      for (int i = 0; i < x.length; i += 4) {
        x[i + 2] = x[i] + 2.5 + x[i + 2] / 2;
        x[i + 3] = x[i + 1] + 2.5 + x[i + 3] / 2;
      }
    }
    return x;
  }

  NDArray predictions(NDManager manager, long seed) {
    return manager.create(predictions(seed), shape());
  }

  NDArray labels(NDManager manager) {
    Random random = new Random(7);
    Shape positions = new Shape(2, 3, 5);
    return switch (input) {
      case LABELS -> manager.create(random.longs(30, 0, CLASSES).toArray(), positions);
      case TARGETS -> manager.create(random.ints(120, 0, 2).asDoubleStream().toArray(), MAPS);
      case SOFT_TARGETS ->
          manager.create(random.doubles(120, -0.3, 1).map(t -> Math.max(0, t)).toArray(), MAPS);
      case NUMBERS -> manager.create(random.doubles(30, 0, CLASSES - 1).toArray(), positions);
      case BOXES -> predictions(manager, 8);
    };
  }
}
