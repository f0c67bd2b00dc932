package dev.fovea.optimizer;

import ai.djl.Model;
import ai.djl.util.Progress;
import dev.fovea.optimizer.ir.Graph;
import dev.fovea.optimizer.quantize.Quantized;
import dev.fovea.optimizer.quantize.Quantizer;
import dev.fovea.optimizer.quantize.Samples;
import dev.fovea.optimizer.quantize.Settings;
import java.util.List;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What an optimizer was told about 8-bit integers, and what came of it. */
final class Int8 {

  private boolean used;
  private Samples samples = Samples.of(List.of());
  private Settings settings = Settings.DEFAULT;
  private @Nullable Progress progress;
  private @Nullable ToDoubleFunction<Model> metric;
  private double drop;
  private @Nullable Quantized quantized;

  void use(boolean used) {
    this.used = used;
  }

  boolean isUsed() {
    return used;
  }

  void calibrate(Samples samples) {
    this.samples = samples;
    forget();
  }

  void settings(Settings settings) {
    this.settings = settings;
    forget();
  }

  void progress(Progress progress) {
    this.progress = progress;
  }

  void bound(ToDoubleFunction<Model> metric, double drop) {
    this.metric = metric;
    this.drop = drop;
    forget();
  }

  /** The graph, or what it is measured with, is another one from now on. */
  void forget() {
    quantized = null;
  }

  /** Computed once. */
  Quantized quantized(Graph graph, ToDoubleBiFunction<ToDoubleFunction<Model>, Graph> measure) {
    if (quantized == null) {
      Quantizer quantizer = new Quantizer(graph, samples, settings);
      if (progress != null) {
        quantizer.progress(progress);
      }
      ToDoubleFunction<Model> measured = metric;
      quantized =
          measured == null
              ? quantizer.quantize()
              : quantizer.quantize(g -> measure.applyAsDouble(measured, g), drop);
    }
    return quantized;
  }
}
