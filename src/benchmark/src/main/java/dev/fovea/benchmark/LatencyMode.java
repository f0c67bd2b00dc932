package dev.fovea.benchmark;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.translate.TranslateException;
import java.io.IOException;

/** One prediction after the other, timed at the level of a predictor of tensors. */
final class LatencyMode implements Mode {

  private final String name;
  private final Model model;
  private final boolean owned;
  private final Predictor<NDList, NDList> predictor;
  private final NDList input;

  /** Times a model; closes it only if it is owned. */
  LatencyMode(String name, Model model, boolean owned, NDList input) {
    this.name = name;
    this.model = model;
    this.owned = owned;
    this.input = input;
    predictor = model.newPredictor(new Tensors());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public double[] block(int runs) throws IOException {
    for (int i = 0; i < WARM_UPS; i++) {
      once();
    }
    double[] times = new double[runs];
    for (int i = 0; i < runs; i++) {
      long start = System.nanoTime();
      once();
      times[i] = (System.nanoTime() - start) * 1e-6;
    }
    return times;
  }

  /** One prediction, whose result is freed. */
  void once() throws IOException {
    try {
      predictor.predict(input).close();
    } catch (TranslateException e) {
      throw new IOException(name + " failed", e);
    }
  }

  /** What it computes, for the comparison of results. */
  float[] result() throws IOException {
    try (NDList result = predictor.predict(input)) {
      return result.get(0).toFloatArray();
    } catch (TranslateException e) {
      throw new IOException(name + " failed", e);
    }
  }

  @Override
  public void close() {
    predictor.close();
    if (owned) {
      model.close();
    }
  }
}
