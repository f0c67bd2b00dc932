package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoopTranslator;
import dev.fovea.optimizer.Optimizer;

/** How much a process grows while it runs a model of the command line on an array. */
final class ArrayMemoryProbe {

  private ArrayMemoryProbe() {}

  /**
   * Measures one mode and prints megabytes.
   *
   * @param args the model's name or folder, {@code eager} or a back end's name, the input's sizes
   */
  public static void main(String[] args) throws Exception {
    Shape shape = new InputShape().convert(args[2]);
    try (NDManager manager = NDManager.newBaseManager()) {
      NDList input = new NDList(manager.zeros(shape)); // the engine itself does not count
      Model model;
      long before;
      if (args[1].equals(BenchmarkMode.EAGER)) {
        before = MemoryProbe.reset();
        model = NamedModel.open(args[0]);
      } else {
        Model source = NamedModel.open(args[0]);
        Optimizer optimizer = Optimizer.of(source).backend(args[1]).input(shape);
        optimizer.rewritten(); // done once, when a model is exported: does not count
        source.close();
        before = MemoryProbe.reset();
        model = optimizer.optimize();
      }
      try (model;
          Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
        for (int i = 0; i < MemoryProbe.PREDICTIONS; i++) {
          predictor.predict(input).close();
        }
      }
      System.out.println((MemoryProbe.kilobytes("VmHWM") - before) / 1024.0);
    }
  }
}
