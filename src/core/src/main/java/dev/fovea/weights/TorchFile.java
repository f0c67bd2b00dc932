package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.fovea.weights.Pickled.Dict;
import dev.fovea.weights.TorchContents.Region;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The state dict of a file that {@code torch.save} wrote, in the zip format or in that of PyTorch
 * before 1.6.
 *
 * <p>Such a file is a pickle, in general a program. This reader knows only the parts that weights
 * are made of, as {@code torch.load(weights_only=True)} does; it executes nothing, loads no class,
 * and refuses everything else by name: whole models, optimizers with their own classes, sparse,
 * quantized and subclassed tensors, TorchScript.
 *
 * <p>Opening reads the pickle alone, in bounded memory; a tensor is read when asked for. Views come
 * as they are seen, row by row, {@code nn.Parameter} as its tensor; types are those of {@link
 * SafeTensors}. The checksum of a storage is compared before the first tensor of it is read. An
 * open file may be read by several threads.
 *
 * @see <a href="https://docs.pytorch.org/docs/stable/notes/serialization.html">The format</a>
 */
public final class TorchFile implements WeightFile {
  private final TensorBytes file;
  private final Map<String, Region> storages;
  private final Map<String, TorchTensor> views = new LinkedHashMap<>();
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

  /** Keys of the storages whose checksum was right. */
  private final Set<String> checked = ConcurrentHashMap.newKeySet();

  private TorchFile(TensorBytes file, @Nullable String key) throws IOException {
    this.file = file;
    ByteBuffer start = ByteBuffer.allocate(4);
    start.limit((int) Math.min(4, file.size()));
    file.readFully(start, 0);
    TorchContents contents;
    if (TorchZip.isZip(start.array())) {
      contents = TorchZip.read(file);
    } else if (TorchLegacy.isPickle(start.array())) {
      contents = TorchLegacy.read(file);
    } else {
      throw new WeightsFormatException(source(), "starts neither as a zip file nor as a pickle");
    }
    storages = contents.storages();
    for (Map.Entry<Object, Object> entry : choose(contents.root(), key).entries().entrySet()) {
      if (entry.getKey() instanceof String name && entry.getValue() instanceof TorchTensor view) {
        String fault = view.fault();
        if (fault != null) {
          throw new WeightsFormatException(source(), name, fault);
        }
        views.put(name, view);
        tensors.put(name, new TensorInfo(view.type.loaded, view.shape()));
      }
    }
  }

  /**
   * Opens a file that holds one dictionary of tensors: by itself, or under a key such as {@code
   * model}, {@code state_dict} or {@code teacher}, next to anything that is not one.
   *
   * @param path the file
   * @return the open file, to be closed by the caller
   * @throws WeightsFormatException if the file is broken, asks for something that weights are not
   *     made of, or holds no or several dictionaries of tensors; the message lists their keys
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if reading fails
   */
  public static TorchFile open(Path path) throws IOException {
    return openAt(path, null);
  }

  /**
   * Opens one of several dictionaries of tensors of a file.
   *
   * @param path the file
   * @param key the key of the dictionary, such as {@code model_ema}
   * @return the open file, to be closed by the caller
   * @throws WeightsFormatException as in {@link #open(Path)}, or if there is no dictionary of
   *     tensors under that key
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if reading fails
   */
  public static TorchFile open(Path path, String key) throws IOException {
    return openAt(path, key);
  }

  private static TorchFile openAt(Path path, @Nullable String key) throws IOException {
    TensorBytes file = TensorBytes.open(path);
    try {
      return new TorchFile(file, key);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private Dict choose(Object root, @Nullable String key) throws IOException {
    if (!(root instanceof Dict dict)) {
      throw new WeightsFormatException(
          source(), "holds no dictionary but " + root.getClass().getSimpleName());
    }
    Map<String, Dict> found = new LinkedHashMap<>();
    dict.entries()
        .forEach(
            (name, value) -> {
              if (name instanceof String text && value instanceof Dict inner && hasTensors(inner)) {
                found.put(text, inner);
              }
            });
    if (key != null) {
      Dict chosen = found.get(key);
      if (chosen == null) {
        throw new WeightsFormatException(
            source(), "has no dictionary of tensors '" + key + "', but " + shown(found.keySet()));
      }
      return chosen;
    }
    boolean flat = hasTensors(dict) || dict.entries().isEmpty();
    if (flat && found.isEmpty()) {
      return dict;
    }
    if (flat || found.size() > 1) {
      throw new WeightsFormatException(
          source(),
          "has several dictionaries of tensors"
              + (flat ? ", the outermost one and " : ": ")
              + shown(found.keySet())
              + "; choose one with TorchFile.open(path, key)");
    }
    if (found.isEmpty()) {
      throw new WeightsFormatException(
          source(), "has no dictionary of tensors, but " + shown(dict.entries().keySet()));
    }
    return found.values().iterator().next();
  }

  private static boolean hasTensors(Dict dict) {
    return dict.entries().entrySet().stream()
        .anyMatch(e -> e.getKey() instanceof String && e.getValue() instanceof TorchTensor);
  }

  private static String shown(Set<?> keys) {
    String list =
        keys.stream()
            .filter(String.class::isInstance)
            .limit(20)
            .map(key -> "'" + WeightsFormatException.printable((String) key) + "'")
            .collect(Collectors.joining(", "));
    return list.isEmpty() ? "nothing" : list;
  }

  @Override
  public String source() {
    return file.source();
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public NDArray read(NDManager manager, String name) throws IOException {
    TorchTensor view = views.get(name);
    if (view == null) {
      throw AbsentTensor.of(this, name);
    }
    String refusal = view.refusal();
    if (refusal != null) {
      throw new WeightsFormatException(source(), name, refusal);
    }
    String key = view.storage.key();
    Region region = Objects.requireNonNull(storages.get(key));
    if (!checked.contains(key)) {
      TorchZip.check(file, region, "data/" + key);
      checked.add(key);
    }
    return view.read(file, region.start(), name, manager);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
