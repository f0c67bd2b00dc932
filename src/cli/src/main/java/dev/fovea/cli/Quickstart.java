package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Dataset.Usage;
import ai.djl.training.loss.Loss;
import ai.djl.translate.TranslateException;
import dev.fovea.Fovea;
import dev.fovea.data.Shapes;
import dev.fovea.image.Normalize;
import dev.fovea.image.SegmentationSheet;
import dev.fovea.image.SegmentationTranslator;
import dev.fovea.image.Translators;
import dev.fovea.loss.DiceLoss;
import dev.fovea.loss.FocalLoss;
import dev.fovea.loss.Reduction;
import dev.fovea.loss.UpsampledLoss;
import dev.fovea.loss.WeightedSumLoss;
import dev.fovea.metric.MeanIoU;
import dev.fovea.optimizer.Comparison;
import dev.fovea.optimizer.Measure;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.train.AdamW;
import dev.fovea.train.BatchSource;
import dev.fovea.train.Progress;
import dev.fovea.train.Schedule;
import dev.fovea.train.TrainingLoop;
import dev.fovea.train.TrainingResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * The life of a model, from data to a fast predictor, on generated shapes. Reads top to bottom:
 * each method is one step of it.
 */
final class Quickstart {

  static final String NETWORK = "segformer_nano";
  static final int SIZE = 96; // pixels, height and width
  static final int BATCH = 16;
  private static final int HELD_OUT = 200; // images
  private static final int CHECKED = 32; // held-out images looked at during training
  private static final int CHECK_EVERY = 100; // steps
  private static final int TIMED_BLOCKS = 10; // of ten predictions, for each mode
  private static final double RATE = 2e-3;
  private static final double WEIGHT_DECAY = 0.01;
  private static final long WARM_UP = 50; // steps

  private final int seed;
  private final int steps;
  private final SegmentationTranslator translator =
      SegmentationTranslator.builder(Shapes.CLASSES)
          .setImageSize(SIZE, SIZE)
          .optNormalize(Normalize.IMAGENET)
          .build();

  Quickstart(int seed, int steps) {
    this.seed = seed;
    this.steps = steps;
  }

  /** Step 1: shapes on photographs; those of training and of testing differ. */
  Shapes shapes(Usage usage, long count) throws IOException {
    return Shapes.builder()
        .setSampling(BATCH, false)
        .optUsage(usage)
        .optVariant(Shapes.Variant.PLAIN)
        .optSeed(seed)
        .optSize(SIZE)
        .optCount(count)
        .build();
  }

  /** Step 2: builds the network by name and trains it. */
  TrainingResult train(Model model, Consumer<Progress> listener) throws IOException {
    Loss loss =
        new UpsampledLoss(
            new WeightedSumLoss(
                List.of(
                    new WeightedSumLoss.Term(1, FocalLoss.softmax(null, 2, null, Reduction.MEAN)),
                    new WeightedSumLoss.Term(1, new DiceLoss(1, null)))));
    Shapes data = shapes(Usage.TRAIN, (long) steps * BATCH);
    List<Shapes.Sample> checked = samples(Usage.VALIDATION, CHECKED);
    Schedule schedule = Schedule.polynomial(RATE, 1, steps).withWarmup(WARM_UP, 1e-3);
    try (AdamW optimizer = new AdamW(WEIGHT_DECAY)) {
      return TrainingLoop.of(model.getBlock(), loss, optimizer, schedule)
          .steps(steps)
          .seed(seed)
          .listener(listener)
          .metric(CHECK_EVERY, block -> meanIou(model, checked))
          .run(BatchSource.of(data));
    }
  }

  Model newModel() {
    Engine.getInstance().setRandomSeed(seed);
    Model model = Fovea.newModel(NETWORK, Shapes.NUM_CLASSES);
    Translators.describe(model, translator.preprocess(), Shapes.CLASSES);
    return model;
  }

  /** Step 3: what the network makes of images that it has never seen. */
  MeanIoU.Result evaluate(List<Shapes.Sample> samples, List<CategoryMask> masks) {
    MeanIoU metric = new MeanIoU(Shapes.NUM_CLASSES);
    for (int i = 0; i < samples.size(); i++) {
      metric.add(samples.get(i).mask().getMask(), masks.get(i).getMask());
    }
    return metric.result();
  }

  List<Shapes.Sample> heldOut() throws IOException {
    return samples(Usage.TEST, HELD_OUT);
  }

  private List<Shapes.Sample> samples(Usage usage, int count) throws IOException {
    Shapes shapes = shapes(usage, count);
    return LongStream.range(0, count).mapToObj(shapes::sample).toList();
  }

  /** Steps 5 and 6: the same call for every model, whatever runs it. */
  List<CategoryMask> predict(Model model, List<Shapes.Sample> samples) throws TranslateException {
    try (Predictor<Image, CategoryMask> predictor = model.newPredictor(translator)) {
      List<CategoryMask> masks = new ArrayList<>();
      for (int i = 0; i < samples.size(); i += BATCH) {
        List<Image> batch =
            samples.subList(i, Math.min(i + BATCH, samples.size())).stream()
                .map(sample -> sample.image().toImage())
                .toList();
        masks.addAll(predictor.batchPredict(batch));
      }
      return masks;
    }
  }

  private double meanIou(Model model, List<Shapes.Sample> samples) {
    try {
      return evaluate(samples, predict(model, samples)).meanIou();
    } catch (TranslateException e) {
      throw new IllegalStateException("the check during training failed: " + e.getMessage(), e);
    }
  }

  /** Step 4: the largest difference of a logit between two models. */
  static double largestDifference(Model one, Model other) {
    try (NDManager manager = one.getNDManager().newSubManager()) {
      NDArray image = manager.randomNormal(new Shape(4, 3, SIZE, SIZE));
      NDArray difference = logits(one, image).sub(logits(other, image)).abs().max();
      return difference.getFloat();
    }
  }

  private static NDArray logits(Model model, NDArray image) {
    Block block = model.getBlock();
    ParameterStore store = new ParameterStore(image.getManager(), false);
    return block.forward(store, new NDList(image), false).singletonOrThrow();
  }

  /** Step 6: traces the network, rewrites its graph, runs it in ONNX Runtime. */
  Optimizer optimizer(Model model, Map<String, String> provenance) {
    return Optimizer.of(model)
        .backend(Backend.ONNX_RUNTIME)
        .input(new Shape(1, 3, SIZE, SIZE))
        .provenance(provenance);
  }

  /** Step 7: times one image at a time, the modes taking turns. */
  List<Measure> time(Map<String, Model> modes, Shapes.Sample sample) throws Exception {
    List<Image> image = List.of(sample.image().toImage());
    List<Predictor<Image, CategoryMask>> predictors = new ArrayList<>();
    try {
      Comparison comparison = new Comparison();
      for (Map.Entry<String, Model> mode : modes.entrySet()) {
        Predictor<Image, CategoryMask> predictor = mode.getValue().newPredictor(translator);
        predictors.add(predictor);
        comparison.add(mode.getKey(), predictor, image);
      }
      return comparison.run(TIMED_BLOCKS);
    } finally {
      predictors.forEach(Predictor::close);
    }
  }

  /** The share of pixels that two lists of masks agree on, in percent. */
  static double agreement(List<CategoryMask> masks, List<CategoryMask> others) {
    long same = 0;
    long all = 0;
    for (int i = 0; i < masks.size(); i++) {
      int[][] mask = masks.get(i).getMask();
      int[][] other = others.get(i).getMask();
      for (int y = 0; y < mask.length; y++) {
        for (int x = 0; x < mask[y].length; x++) {
          same += mask[y][x] == other[y][x] ? 1 : 0;
          all++;
        }
      }
    }
    return 100.0 * same / all;
  }

  static long parameters(Model model) {
    return model.getBlock().getParameters().values().stream()
        .filter(Parameter::requiresGradient)
        .mapToLong(parameter -> parameter.getShape().size())
        .sum();
  }

  /** Where the trained weights come from; kept in the weight file and in the exported graph. */
  Map<String, String> provenance() {
    Map<String, String> provenance = new LinkedHashMap<>();
    String version = Fovea.class.getPackage().getImplementationVersion();
    provenance.put("library", "fovea " + (version == null ? "unreleased" : version));
    provenance.put("engine", engine());
    provenance.put("network", NETWORK);
    provenance.put("labels", String.join(",", Shapes.CLASSES));
    provenance.put("data", "generated shapes, plain, %d x %d".formatted(SIZE, SIZE));
    provenance.put("seed", String.valueOf(seed));
    provenance.put(
        "recipe",
        "%d steps of %d images, focal + dice, AdamW, rate %s, weight decay %s, warm-up %d, linear"
            .formatted(steps, BATCH, RATE, WEIGHT_DECAY, WARM_UP));
    return provenance;
  }

  private static String engine() {
    Engine engine = Engine.getInstance();
    return engine.getEngineName() + " " + engine.getVersion();
  }

  /** The pictures of the first images: as they are, as they should be, as they are seen. */
  static List<SegmentationSheet.Row> rows(
      List<Shapes.Sample> samples, List<List<CategoryMask>> predictions, int count) {
    List<SegmentationSheet.Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<CategoryMask> masks = new ArrayList<>();
      masks.add(samples.get(i).mask());
      for (List<CategoryMask> prediction : predictions) {
        masks.add(prediction.get(i));
      }
      rows.add(new SegmentationSheet.Row(samples.get(i).image(), masks));
    }
    return rows;
  }

  static Path weights(Path output) {
    return output.resolve("model");
  }
}
