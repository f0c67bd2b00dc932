package dev.fovea.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.fovea.optimizer.quantize.Samples;
import dev.fovea.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Random images to calibrate with; the peer in Python reads the same from a file. */
final class CalibrationSet {

  static final int SIZE = 8;

  private final List<NDList> images = new ArrayList<>();

  CalibrationSet(Subject subject, int size, NDManager manager) {
    for (int i = 0; i < size; i++) {
      images.add(new NDList(manager.randomUniform(-1, 1, subject.shape(), DataType.FLOAT32)));
    }
  }

  Samples samples() {
    return Samples.of(images);
  }

  /** Their names sort in their order. */
  void write(Path file) throws IOException {
    Map<String, NDArray> named = new LinkedHashMap<>();
    for (int i = 0; i < images.size(); i++) {
      named.put(String.format(Locale.ROOT, "%04d", i), images.get(i).head());
    }
    SafeTensors.write(file, named, Map.of());
  }
}
