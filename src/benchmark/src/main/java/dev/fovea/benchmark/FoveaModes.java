package dev.fovea.benchmark;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.Hint;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.quantize.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes modes of this process by name: {@code eager}, or a back end's name followed by any of
 * {@code -open} (one graph for all sizes), {@code -int8} and {@code -throughput}.
 */
final class FoveaModes {

  /** What stands in front of the names. */
  static final String PREFIX = "fovea ";

  private static final int SAMPLES = 4;

  private final Subject subject;
  private final Model model;
  private final NDList input;

  FoveaModes(Subject subject, Model model, NDList input) {
    this.subject = subject;
    this.model = model;
    this.input = input;
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
    try (NDManager manager = model.getNDManager().newSubManager()) {
      List<NDList> samples = new ArrayList<>();
      for (int i = 0; i < SAMPLES; i++) {
        samples.add(new NDList(manager.randomUniform(-1, 1, subject.shape(), DataType.FLOAT32)));
      }
      return optimizer
          .precision(Precision.INT8)
          .calibrate(samples)
          .quantization(Settings.DEFAULT)
          .optimize();
    }
  }
}
