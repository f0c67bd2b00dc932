package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A file in the safetensors format: named tensors behind a JSON header.
 *
 * <p>Opening reads and checks the header alone, in bounded memory; a tensor is read when asked for,
 * straight into the memory of its array. Files may be of any size, a tensor of up to 2 GiB. An open
 * file may be read by several threads.
 *
 * <p>Arrays come as {@code BOOL, U8, I8, I32, I64, F32, F64} are stored. {@code F16} and {@code
 * BF16} are given as 32-bit floats, {@code I16} and {@code U16} as 32-bit and {@code U32} as 64-bit
 * integers, all exactly: DJL's PyTorch engine has no such arrays, or no kernels for them on a CPU.
 * {@code U64}, {@code C64} and the 4, 6 and 8-bit floats are listed, but refused by {@link #read}.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">The format</a>
 */
public final class SafeTensors implements WeightFile {
  /** The metadata key under which {@link StateDict#save} stores the SHA-256 of all tensors. */
  static final String SHA256 = "fovea.sha256";

  private final TensorBytes file;
  private final SafeTensorsHeader header;
  private final Map<String, TensorInfo> tensors;

  private SafeTensors(TensorBytes file, SafeTensorsHeader header) {
    this.file = file;
    this.header = header;
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    for (Map.Entry<String, SafeTensorsHeader.Entry> tensor : header.entries.entrySet()) {
      SafeTensorsHeader.Entry entry = tensor.getValue();
      infos.put(tensor.getKey(), new TensorInfo(entry.type().loaded, entry.shape()));
    }
    tensors = Collections.unmodifiableMap(infos);
  }

  /**
   * Opens a file and checks its header.
   *
   * @param path the file
   * @return the open file, to be closed by the caller
   * @throws WeightsFormatException if the file is not a well-formed safetensors file
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if reading fails
   */
  public static SafeTensors open(Path path) throws IOException {
    TensorBytes file = TensorBytes.open(path);
    try {
      return new SafeTensors(file, SafeTensorsHeader.read(file.channel(), file.source()));
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /**
   * Writes arrays to a file.
   *
   * @param path the file; one that is there is replaced only when the new one is complete on disk
   * @param arrays the arrays by name
   * @param metadata free text that readers can see without loading
   * @throws IOException if writing fails; nothing is left behind then
   * @throws IllegalArgumentException if an array is of a type that the format lacks or larger than
   *     2 GiB, or a name is {@code __metadata__}
   */
  public static void write(
      Path path, Map<String, ? extends NDArray> arrays, Map<String, String> metadata)
      throws IOException {
    write(path, new Arrays(new TreeMap<>(arrays)), metadata);
  }

  /**
   * Writes a checkpoint to a file, one tensor at a time.
   *
   * @param path the file; one that is there is replaced only when the new one is complete on disk
   * @param checkpoint what to write
   * @param metadata free text that readers can see without loading
   * @throws IOException if reading or writing fails; nothing is left behind then
   * @throws IllegalArgumentException if a tensor is of a type that the format lacks or larger than
   *     2 GiB, or a name is {@code __metadata__}
   */
  public static void write(Path path, Checkpoint checkpoint, Map<String, String> metadata)
      throws IOException {
    new SafeTensorsWriter(checkpoint, metadata).write(path);
  }

  @Override
  public String source() {
    return file.source();
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return tensors;
  }

  /**
   * Returns the free text of the header.
   *
   * @return an unmodifiable map, empty where the file has none
   */
  public Map<String, String> metadata() {
    return header.metadata;
  }

  /** The size of all tensors in the file. */
  long dataBytes() {
    long end = 0;
    for (SafeTensorsHeader.Entry entry : header.entries.values()) {
      end = entry.end();
    }
    return end;
  }

  @Override
  public NDArray read(NDManager manager, String name) throws IOException {
    SafeTensorsHeader.Entry entry = header.entries.get(name);
    if (entry == null) {
      throw AbsentTensor.of(this, name);
    }
    long begin = header.dataStart + entry.begin();
    return file.array(manager, name, entry.type(), entry.shape(), begin);
  }

  /**
   * Compares the bytes of all tensors with the fingerprint that {@link StateDict#save} stored.
   *
   * @return false if the file has no fingerprint
   * @throws WeightsFormatException if the bytes are not those that were saved
   * @throws IOException if reading fails
   */
  public boolean verify() throws IOException {
    String expected = metadata().get(SHA256);
    if (expected == null) {
      return false;
    }
    MessageDigest digest = SafeTensorsWriter.sha256();
    long end = header.dataStart + dataBytes();
    ByteBuffer chunk = ByteBuffer.allocate(TensorBytes.CHUNK);
    for (long position = header.dataStart; position < end; position += chunk.limit()) {
      chunk.clear().limit((int) Math.min(TensorBytes.CHUNK, end - position));
      file.readFully(chunk, position);
      digest.update(chunk.flip());
    }
    String found = SafeTensorsWriter.hex(digest);
    if (!found.equals(expected)) {
      throw new WeightsFormatException(
          source(), "tensors have SHA-256 " + found + ", but were saved with " + expected);
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** Arrays of the caller, as they are. */
  private record Arrays(Map<String, NDArray> arrays) implements Checkpoint {
    @Override
    public String source() {
      return "arrays";
    }

    @Override
    public Map<String, TensorInfo> tensors() {
      Map<String, TensorInfo> infos = new LinkedHashMap<>();
      arrays.forEach((name, a) -> infos.put(name, new TensorInfo(a.getDataType(), a.getShape())));
      return infos;
    }

    @Override
    public NDArray read(NDManager manager, String name) {
      return StateDict.copy(Objects.requireNonNull(arrays.get(name)), manager);
    }
  }
}
