package dev.fovea.cli;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Dataset.Usage;
import ai.djl.training.loss.Loss;
import dev.fovea.Fovea;
import dev.fovea.cli.ImbalanceResult.Answer;
import dev.fovea.data.Digits;
import dev.fovea.loss.CrossEntropyLoss;
import dev.fovea.loss.FocalLoss;
import dev.fovea.loss.PerClass;
import dev.fovea.model.ConvNeXt;
import dev.fovea.nn.Layer;
import dev.fovea.train.AdamW;
import dev.fovea.train.BatchSource;
import dev.fovea.train.Progress;
import dev.fovea.train.Schedule;
import dev.fovea.train.TrainingLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The same network, data and recipe under losses that answer class imbalance in different ways. A
 * seed decides the first weights, the order of the images, and which images of the rare digits
 * there are; so losses are compared seed by seed.
 */
final class Imbalance {

  static final List<Integer> RARE = List.of(3, 5, 8); // digits
  private static final int ONE_IN = 50; // images of a rare digit that are kept
  private static final int SIZE = 32; // pixels, height and width
  private static final int BATCH = 64;
  private static final double RATE = 4e-3;
  private static final double WEIGHT_DECAY = 0.05;
  private static final double BETA = 0.99;
  private static final ConvNeXt.Config NETWORK =
      new ConvNeXt.Config(
          List.of(1, 1, 2, 1), List.of(16, 32, 64, 128), Digits.NUM_CLASSES, 0, 0.1, false, 1e-6);

  private final int epochs;

  Imbalance(int epochs) {
    this.epochs = epochs;
  }

  /** A loss to try; it is told how many images of each class there are. */
  record Candidate(String name, Answer answer, Function<long[], Loss> loss) {}

  /** Cross entropy first: it is what the others are compared with. */
  static List<Candidate> candidates() {
    List<Candidate> all = new ArrayList<>();
    all.add(new Candidate("cross entropy", Answer.NONE, counts -> new CrossEntropyLoss()));
    all.add(new Candidate("alpha-balanced", Answer.WEIGHTS, counts -> focal(0, inverse(counts))));
    all.add(
        new Candidate(
            "class-balanced", Answer.WEIGHTS, counts -> focal(0, PerClass.balanced(BETA, counts))));
    for (double gamma : FocalCurve.GAMMAS.subList(1, FocalCurve.GAMMAS.size())) {
      String format = gamma == Math.rint(gamma) ? "focal %.0f" : "focal %.1f";
      String name = String.format(Locale.ROOT, format, gamma);
      all.add(new Candidate(name, Answer.FOCUS, counts -> focal(gamma, PerClass.each(1))));
    }
    all.add(new Candidate("focal 2 + alpha", Answer.BOTH, counts -> focal(2, inverse(counts))));
    return all;
  }

  private static Loss focal(double gamma, PerClass alpha) {
    return FocalLoss.softmax(FocalLoss.Options.DEFAULT.withGamma(gamma).withAlpha(alpha));
  }

  /** Inverse class frequency, 1 on average over the images. Lin et al., section 3.1. */
  private static PerClass inverse(long[] counts) {
    double mean = (double) Arrays.stream(counts).sum() / counts.length;
    return PerClass.each(Arrays.stream(counts).mapToDouble(count -> mean / count).toArray());
  }

  /** The images for training, with few of the rare digits; which ones depends on the seed. */
  static Digits train(int seed) throws IOException {
    int[] rare = RARE.stream().mapToInt(digit -> digit).toArray();
    return Digits.builder()
        .setSampling(BATCH, false)
        .optSize(SIZE)
        .optRare(ONE_IN, seed - 1, rare)
        .build();
  }

  /** The held-out images, with as many of the rare digits as of the others. */
  static Digits test() throws IOException {
    return Digits.builder().setSampling(BATCH, false).optSize(SIZE).optUsage(Usage.TEST).build();
  }

  /** How many updates all trainings make together. */
  long steps(int seeds) throws IOException {
    long steps = 0;
    for (int seed = 1; seed <= seeds; seed++) {
      steps += candidates().size() * stepsOfOne(train(seed).size());
    }
    return steps;
  }

  private long stepsOfOne(long images) {
    return epochs * (images / BATCH);
  }

  /**
   * Trains with every loss and every seed from 1, and judges on held-out images.
   *
   * @param listener is told what is being trained, and where it stands
   * @return a row for every candidate
   */
  List<ImbalanceResult.Row> run(int seeds, BiConsumer<String, Progress> listener)
      throws IOException {
    List<Candidate> candidates = candidates();
    Map<Candidate, List<ImbalanceResult.Run>> runs = new LinkedHashMap<>();
    try (NDManager manager = NDManager.newBaseManager()) {
      Images test = Images.of(test(), manager);
      for (int seed = 1; seed <= seeds; seed++) {
        Digits data = train(seed);
        Images train = Images.of(data, manager);
        for (Candidate candidate : candidates) {
          String title = candidate.name() + ", seed " + seed;
          Loss loss = candidate.loss().apply(data.counts());
          runs.computeIfAbsent(candidate, key -> new ArrayList<>())
              .add(run(loss, train, test, seed, progress -> listener.accept(title, progress)));
        }
      }
    }
    return runs.entrySet().stream()
        .map(
            e -> ImbalanceResult.Row.of(e.getKey().name(), e.getKey().answer(), RARE, e.getValue()))
        .toList();
  }

  private ImbalanceResult.Run run(
      Loss loss, Images train, Images test, int seed, Consumer<Progress> listener) {
    try (NDManager manager = NDManager.newBaseManager();
        AdamW optimizer = new AdamW(WEIGHT_DECAY)) {
      Engine.getInstance().setRandomSeed(seed);
      ConvNeXt network = NETWORK.build();
      network.initialize(manager);
      long steps = stepsOfOne(train.digits.length);
      Schedule schedule = Schedule.cosine(RATE, 0, steps / 10, steps);
      TrainingLoop.of(network, loss, optimizer, schedule)
          .steps(steps)
          .seed(seed)
          .clipNorm(1)
          .listener(listener)
          .run(train.shuffled(seed));
      return judge(network, test, seed);
    }
  }

  private static ImbalanceResult.Run judge(Layer network, Images test, int seed) {
    long[] right = new long[Digits.NUM_CLASSES];
    long[] all = new long[Digits.NUM_CLASSES];
    try (NDManager manager = test.images.getManager().newSubManager()) {
      NDArray images = test.images.duplicate();
      images.attach(manager);
      ParameterStore store = new ParameterStore(manager, false);
      NDList logits = network.forward(store, new NDList(images), false);
      long[] predicted = logits.singletonOrThrow().argMax(1).toLongArray();
      for (int i = 0; i < predicted.length; i++) {
        int digit = (int) test.digits[i];
        all[digit]++;
        right[digit] += predicted[i] == digit ? 1 : 0;
      }
    }
    List<Double> recall = new ArrayList<>();
    for (int digit = 0; digit < all.length; digit++) {
      recall.add(100.0 * right[digit] / all[digit]);
    }
    double accuracy = 100.0 * Arrays.stream(right).sum() / Arrays.stream(all).sum();
    return new ImbalanceResult.Run(seed, recall, accuracy);
  }

  /** All images of a data set at once, (N, 3, H, W): they are enlarged once, not every epoch. */
  private static final class Images {
    private final NDArray images;
    private final long[] digits;

    private Images(NDArray images, long[] digits) {
      this.images = images;
      this.digits = digits;
    }

    static Images of(Digits data, NDManager manager) {
      NDList images = new NDList();
      long[] digits = new long[Math.toIntExact(data.size())];
      try (NDManager single = manager.newSubManager()) {
        for (int i = 0; i < digits.length; i++) {
          images.add(data.get(single, i).getData().head());
          digits[i] = data.sample(i).digit();
        }
        NDArray stacked = NDArrays.stack(images);
        stacked.attach(manager);
        return new Images(stacked, digits);
      }
    }

    /** Full batches; every epoch in an order of its own, which hangs on nothing but the seed. */
    BatchSource shuffled(int seed) {
      int perEpoch = digits.length / BATCH;
      return (manager, step) -> {
        List<Integer> order = new ArrayList<>(IntStream.range(0, digits.length).boxed().toList());
        Collections.shuffle(order, new Random(1_000_003L * seed + step / perEpoch));
        int from = (int) (step % perEpoch) * BATCH;
        long[] rows = order.subList(from, from + BATCH).stream().mapToLong(row -> row).toArray();
        NDArray batch = images.get(manager.create(rows));
        batch.attach(manager);
        NDArray labels =
            manager.create(Arrays.stream(rows).map(row -> digits[(int) row]).toArray());
        return new BatchSource.Batch(new NDList(batch), new NDList(labels));
      };
    }
  }

  private static long parameters() {
    try (NDManager manager = NDManager.newBaseManager()) {
      ConvNeXt network = NETWORK.build();
      network.initialize(manager);
      return network.getParameters().values().stream()
          .mapToLong(parameter -> parameter.getShape().size())
          .sum();
    }
  }

  /** What the numbers hang on. */
  Map<String, String> provenance(int seeds) {
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("library", "fovea " + version());
    Engine engine = Engine.getInstance();
    provenance.put("engine", engine.getEngineName() + " " + engine.getVersion());
    provenance.put(
        "network",
        String.format(
            Locale.ROOT,
            "ConvNeXt, depths %s, channels %s, %,d parameters",
            NETWORK.depths(),
            NETWORK.dims(),
            parameters()));
    provenance.put(
        "data",
        "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI, CC BY 4.0");
    provenance.put(
        "images",
        "enlarged to %d x %d; 1 in %d of the digits %s is used for training"
            .formatted(SIZE, SIZE, ONE_IN, RARE));
    provenance.put(
        "recipe",
        ("%d epochs, batches of %d, AdamW, rate %s, weight decay %s, warm-up of a tenth, cosine,"
                + " norm of the gradients at most 1")
            .formatted(epochs, BATCH, RATE, WEIGHT_DECAY));
    provenance.put("seeds", "1 to " + seeds);
    provenance.put("alpha-balanced", "cross entropy weighed by the inverse count of the class");
    provenance.put(
        "class-balanced", "cross entropy weighed by PerClass.balanced, beta %s".formatted(BETA));
    provenance.put("focal", "softmax form, gamma as named; alpha: the weights of alpha-balanced");
    return provenance;
  }

  private static String version() {
    String version = Fovea.class.getPackage().getImplementationVersion();
    return version == null ? "unreleased" : version;
  }
}
