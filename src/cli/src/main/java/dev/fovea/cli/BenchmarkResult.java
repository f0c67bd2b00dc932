package dev.fovea.cli;

import dev.fovea.optimizer.backend.LayerTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code fovea benchmark} found.
 *
 * @param setup what was asked for, and on what machine
 * @param models one for each model
 */
record BenchmarkResult(Map<String, String> setup, List<OfModel> models) {

  BenchmarkResult {
    setup = new LinkedHashMap<>(setup); // in order
    models = List.copyOf(models);
  }

  /**
   * One model.
   *
   * @param model its name
   * @param input what it is given
   * @param loadMillis how long it took to open it
   * @param modes the ways to run it that this machine has; the first is the model as it is
   * @param notes what was left out, and why
   */
  record OfModel(
      String model, String input, double loadMillis, List<OfMode> modes, List<String> notes) {

    OfModel {
      modes = List.copyOf(modes);
      notes = List.copyOf(notes);
    }
  }

  /**
   * One way to run a model. Times are milliseconds.
   *
   * @param mode its name
   * @param optimizeMillis tracing, rewriting and, for int8, quantizing
   * @param compileMillis what the run-time needs to compile the graph
   * @param firstMillis the first inference
   * @param latency of the runs that were timed
   * @param requests how many predictions were computed at a time
   * @param imagesPerSecond images in the time that all timed runs took
   * @param speedup how many times as many images a second as the first mode
   * @param peakMegabytes how much a process of its own grows by the model; null if not asked for
   * @param error largest difference of an output to that of the first mode, over its largest output
   * @param agreement share of predicted classes that are those of the first mode, in percent
   * @param layers where the time goes; empty if not asked for
   */
  record OfMode(
      String mode,
      double optimizeMillis,
      double compileMillis,
      double firstMillis,
      Latencies latency,
      int requests,
      double imagesPerSecond,
      double speedup,
      @Nullable Double peakMegabytes,
      double error,
      double agreement,
      List<LayerTime> layers) {

    OfMode {
      layers = List.copyOf(layers);
    }
  }
}
