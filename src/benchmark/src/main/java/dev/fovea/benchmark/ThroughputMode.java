package dev.fovea.benchmark;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import dev.fovea.optimizer.serve.AsyncPredictor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** As many predictions at a time as keep the model busy; a block is one time for each image. */
final class ThroughputMode implements Mode {

  private final String name;
  private final Model model;
  private final AsyncPredictor<NDList, NDList> predictor;
  private final NDList input;

  /** Times a model and owns it. */
  ThroughputMode(String name, Model model, NDList input) {
    this.name = name;
    this.model = model;
    this.input = input;
    predictor = new AsyncPredictor<>(model, new Tensors());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public double[] block(int runs) {
    run(WARM_UPS * predictor.workers());
    int images = runs * predictor.workers();
    long start = System.nanoTime();
    run(images);
    return new double[] {(System.nanoTime() - start) * 1e-6 / images};
  }

  private void run(int images) {
    List<CompletableFuture<Void>> results = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      results.add(predictor.predictAsync(input).thenAccept(NDList::close));
    }
    results.forEach(CompletableFuture::join);
  }

  @Override
  public void close() {
    predictor.close();
    model.close();
  }
}
