package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** A checkpoint in which some tensors are left out and some become others. */
record AdaptedView(
    Checkpoint from, Map<String, TensorInfo> tensors, Map<String, UnaryOperator<NDArray>> changes)
    implements Checkpoint {

  AdaptedView {
    tensors = Collections.unmodifiableMap(tensors);
  }

  /** A view in which one tensor has another shape. */
  static Checkpoint with(Checkpoint from, String path, Shape shape, UnaryOperator<NDArray> change) {
    Map<String, TensorInfo> infos = new LinkedHashMap<>(from.tensors());
    infos.computeIfPresent(path, (name, info) -> info.withShape(shape));
    return new AdaptedView(from, infos, Map.of(path, change));
  }

  @Override
  public String source() {
    return from.source();
  }

  @Override
  public NDArray read(NDManager manager, String name) throws IOException {
    if (!tensors.containsKey(name)) {
      throw AbsentTensor.of(this, name);
    }
    UnaryOperator<NDArray> change = changes.get(name);
    if (change == null) {
      return from.read(manager, name);
    }
    TensorInfo info = Objects.requireNonNull(tensors.get(name));
    try (NDManager scope = manager.newSubManager()) {
      NDArray array = change.apply(from.read(scope, name)).toType(info.dataType(), false);
      array.attach(manager);
      array.setName(name);
      return array;
    }
  }
}
