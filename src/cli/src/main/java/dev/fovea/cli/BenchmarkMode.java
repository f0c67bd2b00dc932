package dev.fovea.cli;

import dev.fovea.optimizer.Precision;
import dev.fovea.optimizer.backend.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A way to run a model.
 *
 * @param backend {@link #EAGER} or a back end's name
 * @param precision what it computes in
 */
record BenchmarkMode(String backend, Precision precision) {

  /** The model as it is, in DJL's engine. */
  static final String EAGER = "eager";

  /** What computes in something else than float32, and in what. */
  private boolean exists() {
    return switch (precision) {
      case F32 -> true;
      case BF16, F16 -> backend.equals(Backend.OPENVINO);
      case INT8 -> backend.equals(Backend.OPENVINO) || backend.equals(Backend.ONNX_RUNTIME);
    };
  }

  boolean isEager() {
    return backend.equals(EAGER);
  }

  String name() {
    return precision == Precision.F32
        ? backend
        : backend + "-" + precision.name().toLowerCase(Locale.ROOT);
  }

  /**
   * Combines run-times with precisions; the eager model is always the first, since the others are
   * compared with it.
   *
   * @throws IllegalArgumentException if a precision is none, or one that no run-time has
   */
  static List<BenchmarkMode> of(List<String> backends, List<String> precisions) {
    List<BenchmarkMode> modes = new ArrayList<>();
    modes.add(new BenchmarkMode(EAGER, Precision.F32));
    for (String name : precisions) {
      Precision precision = precision(name);
      int before = modes.size();
      for (String backend : backends) {
        BenchmarkMode mode = new BenchmarkMode(backend, precision);
        if (mode.exists() && !mode.isEager()) {
          modes.add(mode);
        }
      }
      if (precision != Precision.F32 && modes.size() == before) {
        throw new IllegalArgumentException(
            "--infer-precision: none of " + String.join(", ", backends) + " has " + name);
      }
    }
    return modes;
  }

  private static Precision precision(String name) {
    try {
      return Precision.valueOf(name.strip().toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "--infer-precision: f32, bf16, f16 and int8, with commas between them, got " + name, e);
    }
  }
}
