package dev.fovea.optimizer.serve;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A small network and what it is given. */
final class Served {

  static final Shape INPUT = new Shape(1, 3, 8, 8);

  private Served() {}

  static Model model() {
    Engine.getEngine("PyTorch").setRandomSeed(3);
    SequentialBlock block =
        new SequentialBlock()
            .add(Conv2d.builder().setFilters(8).setKernelShape(new Shape(3, 3)).build())
            .add(Activation.reluBlock())
            .add(Blocks.batchFlattenBlock())
            .add(Linear.builder().setUnits(5).build());
    Model model = Model.newInstance("small", "PyTorch");
    block.initialize(model.getNDManager(), DataType.FLOAT32, INPUT);
    model.setBlock(block);
    return model;
  }

  static List<float[]> images(int count) {
    Random random = new Random(9);
    List<float[]> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[] image = new float[3 * 8 * 8];
      for (int j = 0; j < image.length; j++) {
        image[j] = random.nextFloat() * 2 - 1;
      }
      images.add(image);
    }
    return images;
  }

  static List<float[]> predict(Model model, List<float[]> images) throws TranslateException {
    List<float[]> results = new ArrayList<>();
    try (Predictor<float[], float[]> predictor = model.newPredictor(new Floats())) {
      for (float[] image : images) {
        results.add(predictor.predict(image));
      }
    }
    return results;
  }

  /** Numbers in, numbers out; an image that starts with NaN is refused. */
  static class Floats implements Translator<float[], float[]> {

    @Override
    public NDList processInput(TranslatorContext context, float[] image) {
      if (Float.isNaN(image[0])) {
        throw new IllegalArgumentException("not a number");
      }
      return new NDList(context.getNDManager().create(image, new Shape(3, 8, 8)));
    }

    @Override
    public float[] processOutput(TranslatorContext context, NDList list) {
      return list.singletonOrThrow().toFloatArray();
    }

    @Override
    public Batchifier getBatchifier() {
      return Batchifier.STACK;
    }
  }

  /** Starts only when it is let, so that a test decides what waits. */
  static final class Gate extends Floats {

    final CountDownLatch started = new CountDownLatch(1);
    final CountDownLatch open = new CountDownLatch(1);
    final List<Integer> batches = new ArrayList<>(); // their sizes

    @Override
    public NDList processInput(TranslatorContext context, float[] image) {
      started.countDown();
      try {
        if (!open.await(30, TimeUnit.SECONDS)) {
          throw new IllegalStateException("nobody opened");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return super.processInput(context, image);
    }

    @Override
    public Batchifier getBatchifier() {
      return new Batchifier() {
        @Override
        public NDList batchify(NDList[] inputs) {
          batches.add(inputs.length);
          return Batchifier.STACK.batchify(inputs);
        }

        @Override
        public NDList[] unbatchify(NDList inputs) {
          return Batchifier.STACK.unbatchify(inputs);
        }
      };
    }
  }
}
