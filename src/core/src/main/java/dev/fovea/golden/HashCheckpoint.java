package dev.fovea.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.fovea.weights.Checkpoint;
import dev.fovea.weights.TensorInfo;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A state dict whose every entry is filled from its own name, but for those that keep the value
 * that the network gives them.
 */
final class HashCheckpoint implements Checkpoint {

  private final String source;
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final Set<String> keep;
  private final Checkpoint kept;

  /**
   * Creates a state dict.
   *
   * @param manifest pairs of name and shape
   * @param keep the names that are not filled
   * @param kept the network in the same dialect, which has their values
   */
  HashCheckpoint(String source, JsonArray manifest, Set<String> keep, Checkpoint kept) {
    this.source = source;
    this.keep = keep;
    this.kept = kept;
    for (JsonElement entry : manifest) {
      JsonArray pair = entry.getAsJsonArray();
      long[] sizes =
          pair.get(1).getAsJsonArray().asList().stream()
              .mapToLong(JsonElement::getAsLong)
              .toArray();
      tensors.put(pair.get(0).getAsString(), new TensorInfo(DataType.FLOAT32, new Shape(sizes)));
    }
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return tensors;
  }

  @Override
  public NDArray read(NDManager manager, String name) throws IOException {
    TensorInfo info = tensors.get(name);
    if (info == null) {
      throw new IllegalArgumentException("no tensor is named " + name);
    }
    return keep.contains(name)
        ? kept.read(manager, name)
        : manager.create(HashValues.weights(name, info.shape().getShape()), info.shape());
  }
}
