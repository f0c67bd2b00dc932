package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A checkpoint in several safetensors files beside an index, as large models are published: {@code
 * model.safetensors.index.json}, {@code model-00001-of-00003.safetensors} ...
 *
 * <p>Index and files must say the same: every tensor of the index is in its file, every tensor of
 * the files is in the index, none is in two files, and the sizes add up to {@code total_size}. Only
 * files in the folder of the index are opened.
 */
public final class ShardedSafeTensors implements WeightFile {
  private final String source;
  private final Map<String, SafeTensors> shards;
  private final Map<String, SafeTensors> fileOf = new LinkedHashMap<>();
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

  private ShardedSafeTensors(String source, Map<String, SafeTensors> shards) {
    this.source = source;
    this.shards = shards;
  }

  /**
   * Opens an index and the files that it names, and checks their headers.
   *
   * @param index the index, a JSON file
   * @return the open files, to be closed by the caller
   * @throws WeightsFormatException if the index or one of the files is broken or hostile, a file
   *     that it names is absent, or they contradict each other
   * @throws NoSuchFileException if there is no such index
   * @throws IOException if reading fails
   */
  public static ShardedSafeTensors open(Path index) throws IOException {
    ShardIndex read;
    try (TensorBytes file = TensorBytes.open(index)) {
      read = ShardIndex.read(file);
    }
    Map<String, SafeTensors> shards = new LinkedHashMap<>();
    ShardedSafeTensors result = new ShardedSafeTensors(index.toString(), shards);
    try {
      for (String name : read.names()) {
        try {
          shards.put(name, SafeTensors.open(index.resolveSibling(name)));
        } catch (NoSuchFileException e) {
          throw new WeightsFormatException(
              result.source, "names " + name + ", which is not beside it; fetch it too", e);
        }
      }
      result.join(read);
      return result;
    } catch (IOException | RuntimeException | Error e) {
      result.closeQuietly(e);
      throw e;
    }
  }

  private void join(ShardIndex index) throws IOException {
    long bytes = 0;
    for (Map.Entry<String, SafeTensors> shard : shards.entrySet()) {
      for (Map.Entry<String, TensorInfo> tensor : shard.getValue().tensors().entrySet()) {
        String name = tensor.getKey();
        String told = index.files().get(name);
        if (!shard.getKey().equals(told)) {
          throw new WeightsFormatException(
              source,
              name,
              "is in "
                  + shard.getKey()
                  + ", but in the index "
                  + (told == null ? "it is absent" : "in " + told));
        }
        fileOf.put(name, shard.getValue());
        tensors.put(name, tensor.getValue());
      }
      bytes += shard.getValue().dataBytes();
    }
    for (Map.Entry<String, String> told : index.files().entrySet()) {
      if (!tensors.containsKey(told.getKey())) {
        throw new WeightsFormatException(
            source, told.getKey(), "is not in " + told.getValue() + ", where the index has it");
      }
    }
    if (index.bytes() >= 0 && index.bytes() != bytes) {
      throw new WeightsFormatException(
          source, "says that the tensors take " + index.bytes() + " bytes, but they take " + bytes);
    }
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public NDArray read(NDManager manager, String name) throws IOException {
    SafeTensors file = fileOf.get(name);
    if (file == null) {
      throw AbsentTensor.of(this, name);
    }
    return file.read(manager, name);
  }

  private void closeQuietly(Throwable cause) {
    try {
      close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void close() throws IOException {
    IOException first = null;
    for (SafeTensors shard : shards.values()) {
      try {
        shard.close();
      } catch (IOException e) {
        if (first == null) {
          first = e;
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
