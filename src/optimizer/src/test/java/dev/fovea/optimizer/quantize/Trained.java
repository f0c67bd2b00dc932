package dev.fovea.optimizer.quantize;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.dataset.Dataset.Usage;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.training.loss.Loss;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import dev.fovea.data.Digits;
import dev.fovea.data.Shapes;
import dev.fovea.loss.CrossEntropyLoss;
import dev.fovea.loss.UpsampledLoss;
import dev.fovea.metric.MeanIoU;
import dev.fovea.model.ConvNeXt;
import dev.fovea.model.ResNet;
import dev.fovea.model.SegFormer;
import dev.fovea.model.VisionTransformer;
import dev.fovea.train.AdamW;
import dev.fovea.train.BatchSource;
import dev.fovea.train.Schedule;
import dev.fovea.train.TrainingLoop;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/** Networks that have learned something, and how well they do on data that they have not seen. */
enum Trained {
  CONVNEXT(32, 300, 0.88),
  VIT(32, 500, 0.8),
  RESNET(32, 120, 0.9),
  SEGFORMER(64, 400, 0.4);

  private static final int BATCH = 32;

  final int size; // pixels, height and width
  private final int steps;
  private final double least; // on held-out data, so that there is something to lose

  Trained(int size, int steps, double least) {
    this.least = least;
    this.size = size;
    this.steps = steps;
  }

  double least() {
    return least;
  }

  /** Images and their labels, (N, 3, H, W) and (N) or (N, H, W). */
  record Data(NDArray images, NDArray labels) {}

  private Block block() {
    int digits = Digits.NUM_CLASSES;
    return switch (this) {
      case CONVNEXT ->
          new ConvNeXt.Config(
                  List.of(1, 1, 2, 1), List.of(16, 32, 64, 128), digits, 0, 0.1, false, 1e-6)
              .build();
      case VIT ->
          new VisionTransformer.Config(
                  size, 8, 64, 3, 4, digits, VisionTransformer.Pool.TOKEN, 0, 1e-6, 3)
              .build();
      case RESNET -> new ResNet.Config(List.of(1, 1, 1, 1), false, 16, digits).build();
      case SEGFORMER -> SegFormer.Config.NANO.withClasses(Shapes.NUM_CLASSES).build();
    };
  }

  Data data(Usage usage, int count, NDManager manager) throws IOException {
    RandomAccessDataset all =
        this == SEGFORMER
            ? Shapes.builder()
                .setSampling(BATCH, false)
                .optUsage(usage)
                .optSize(size)
                .optCount(count)
                .build()
            : Digits.builder().setSampling(BATCH, false).optUsage(usage).optSize(size).build();
    NDList images = new NDList();
    NDList labels = new NDList();
    try (NDManager scope = manager.newSubManager()) {
      for (long i = 0; i < Math.min(count, all.size()); i++) {
        Record record = all.get(scope, i);
        images.add(record.getData().head());
        labels.add(record.getLabels().head());
      }
      Data data = new Data(NDArrays.stack(images), NDArrays.stack(labels));
      data.images.attach(manager);
      data.labels.attach(manager);
      return data;
    }
  }

  /** A model that learned from the data. */
  Model train(Data data) throws IOException {
    Model model = Model.newInstance(name(), "PyTorch");
    model.getNDManager().getEngine().setRandomSeed(1);
    Block block = block();
    block.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, size, size));
    model.setBlock(block);
    Loss loss = new CrossEntropyLoss();
    try (AdamW optimizer = new AdamW(0.01)) {
      TrainingLoop.of(
              block,
              this == SEGFORMER ? new UpsampledLoss(loss) : loss,
              optimizer,
              Schedule.cosine(2e-3, 0, steps / 10, steps))
          .steps(steps)
          .seed(1)
          .clipNorm(1)
          .run(batches(data));
    }
    return model;
  }

  private static BatchSource batches(Data data) {
    long count = data.images.getShape().get(0);
    return (manager, step) -> {
      long[] rows = new Random(step).longs(BATCH, 0, count).toArray();
      NDArray chosen = manager.create(rows);
      NDArray images = data.images.get(chosen);
      NDArray labels = data.labels.get(chosen);
      images.attach(manager);
      labels.attach(manager);
      return new BatchSource.Batch(new NDList(images), new NDList(labels));
    };
  }

  /** The share of images that are named right, or the mean IoU. */
  double score(Model model, Data data) {
    MeanIoU overlap = new MeanIoU(Shapes.NUM_CLASSES);
    long right = 0;
    long count = data.images.getShape().get(0);
    try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator());
        NDManager manager = data.images.getManager().newSubManager()) {
      for (long i = 0; i < count; i += BATCH) {
        try (NDManager scope = manager.newSubManager()) {
          String range = i + ":" + Math.min(count, i + BATCH);
          NDArray images = attached(data.images.get(range), scope);
          long[] labels = attached(data.labels.get(range), scope).toLongArray();
          NDArray logits = attached(predictor.predict(new NDList(images)).head(), scope);
          if (this == SEGFORMER) {
            logits = logits.getNDArrayInternal().interpolation(new long[] {size, size}, 2, false);
          }
          long[] got = logits.argMax(1).toLongArray();
          right +=
              LongStream.range(0, got.length).filter(k -> got[(int) k] == labels[(int) k]).count();
          if (this == SEGFORMER) {
            overlap.add(ints(labels), ints(got));
          }
        }
      }
    } catch (TranslateException e) {
      throw new IllegalStateException(e);
    }
    return this == SEGFORMER ? overlap.result().meanIou() : (double) right / count;
  }

  private static int[] ints(long[] numbers) {
    return Arrays.stream(numbers).mapToInt(Math::toIntExact).toArray();
  }

  private static NDArray attached(NDArray array, NDManager manager) {
    array.attach(manager);
    return array;
  }
}
