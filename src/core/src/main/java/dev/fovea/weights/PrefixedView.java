package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tensors of a checkpoint whose names start with a prefix, without it. */
record PrefixedView(Checkpoint from, String prefix, Map<String, TensorInfo> tensors)
    implements Checkpoint {

  static Checkpoint of(Checkpoint from, String prefix) {
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    from.tensors()
        .forEach(
            (name, info) -> {
              if (name.startsWith(prefix) && name.length() > prefix.length()) {
                infos.put(name.substring(prefix.length()), info);
              }
            });
    if (infos.isEmpty()) {
      throw new IllegalArgumentException(
          from.source()
              + " has no tensors below '"
              + prefix
              + "'; its first is "
              + from.tensors().keySet().stream()
                  .findFirst()
                  .map(name -> "'" + WeightsFormatException.printable(name) + "'")
                  .orElse("none"));
    }
    return new PrefixedView(from, prefix, Collections.unmodifiableMap(infos));
  }

  @Override
  public String source() {
    return from.source();
  }

  @Override
  public NDArray read(NDManager manager, String name) throws IOException {
    NDArray array = from.read(manager, prefix + name);
    array.setName(name);
    return array;
  }
}
