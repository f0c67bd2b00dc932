package dev.fovea.benchmark;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import dev.fovea.optimizer.Hint;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.quantize.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes modes of this process by name: {@code eager}, or a back end's name followed by any of
 * {@code -open} (one graph for all sizes), {@code -int8} and {@code -throughput}.
 */
final class FoveaModes {

  /** What stands in front of the names. */
  static final String PREFIX = "fovea ";

  private final Subject subject;
  private final Model model;
  private final NDList input;
  private final CalibrationSet calibration;

  FoveaModes(Subject subject, Model model, NDList input, CalibrationSet calibration) {
    this.subject = subject;
    this.model = model;
    this.input = input;
    this.calibration = calibration;
  }

  LatencyMode eager() {
    return new LatencyMode(PREFIX + "eager", model, false, input);
  }

  /** Makes a mode, and writes its graph to a folder. */
  Mode named(String name, Path folder) throws IOException {
    List<String> parts = List.of(name.split("-", -1));
    Optimizer optimizer = Optimizer.of(model).backend(parts.get(0));
    if (parts.contains("open")) {
      optimizer.input(subject.shape());
    } else {
      optimizer.fixedInput(subject.shape());
    }
    if (parts.contains("throughput")) {
      optimizer.hint(Hint.THROUGHPUT);
    }
    Model fast = parts.contains("int8") ? int8(optimizer) : optimizer.optimize();
    optimizer.export(folder.resolve(name + ".onnx"));
    return parts.contains("throughput")
        ? new ThroughputMode(PREFIX + name, fast, input)
        : new LatencyMode(PREFIX + name, fast, true, input);
  }

  private Model int8(Optimizer optimizer) {
    return optimizer
        .precision(Precision.INT8)
        .calibrate(calibration.samples())
        .quantization(Settings.DEFAULT)
        .optimize();
  }
}
