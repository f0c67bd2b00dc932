package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/** Tensors whose values are a function of their name. */
record TestCheckpoint(String source, Map<String, TensorInfo> tensors) implements Checkpoint {

  static TestCheckpoint of(String name, Object... namesAndShapes) {
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    for (int i = 0; i < namesAndShapes.length; i += 2) {
      Shape shape = (Shape) namesAndShapes[i + 1];
      tensors.put((String) namesAndShapes[i], new TensorInfo(DataType.FLOAT32, shape));
    }
    return new TestCheckpoint(name, tensors);
  }

  /** Names and shapes of a published model. */
  static TestCheckpoint published(String model) throws IOException {
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    try (var in = TestCheckpoint.class.getResourceAsStream(model + ".txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        String[] parts = line.split(" ", -1);
        String[] dims = parts[1].split(",", -1);
        long[] shape = new long[dims.length];
        for (int i = 0; i < dims.length; i++) {
          shape[i] = Long.parseLong(dims[i]);
        }
        tensors.put(parts[0], new TensorInfo(DataType.FLOAT32, new Shape(shape)));
      }
    }
    return new TestCheckpoint(model, tensors);
  }

  @Override
  public NDArray read(NDManager manager, String name) {
    Shape shape = Objects.requireNonNull(tensors.get(name)).shape();
    return manager.create(values(name, shape), shape);
  }

  static float[] values(String name, Shape shape) {
    float[] values = new float[Math.toIntExact(shape.size())];
    SplittableRandom random = new SplittableRandom(name.hashCode());
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble();
    }
    return values;
  }
}
