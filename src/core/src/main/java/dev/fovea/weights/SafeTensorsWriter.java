package dev.fovea.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Writes a safetensors file as the reference writer lays it out (safetensors 0.8, {@code prepare}):
 * tensors by falling alignment, then by name; the header padded with spaces to 8 bytes.
 */
final class SafeTensorsWriter {
  /** Stands in the header until the tensors are written; as long as a SHA-256. */
  static final String UNKNOWN_SHA256 = "0".repeat(64);

  private record Item(String name, TensorInfo info, StoredType type, long bytes) {}

  private final Checkpoint checkpoint;
  private final Map<String, String> metadata;
  private final List<Item> items = new ArrayList<>();

  SafeTensorsWriter(Checkpoint checkpoint, Map<String, String> metadata) {
    this.checkpoint = checkpoint;
    this.metadata = metadata;
    checkpoint.tensors().forEach((name, info) -> items.add(item(name, info)));
    if (items.size() > SafeTensorsHeader.MOST_TENSORS) {
      throw new IllegalArgumentException(
          items.size() + " tensors are over the limit of " + SafeTensorsHeader.MOST_TENSORS);
    }
    items.sort(
        Comparator.comparing(Item::type)
            .reversed()
            .thenComparing(i -> i.name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
  }

  private static Item item(String name, TensorInfo info) {
    if (name.equals(SafeTensorsHeader.METADATA)) {
      throw new IllegalArgumentException("a tensor cannot be named " + name);
    }
    StoredType type;
    try {
      type = StoredType.of(info.dataType());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("tensor '" + name + "': " + e.getMessage(), e);
    }
    long bytes = Math.multiplyExact(info.shape().size(), type.bits / Byte.SIZE);
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "tensor '" + name + "' of shape " + info.shape() + " is over the limit of 2 GiB");
    }
    return new Item(name, info, type, bytes);
  }

  void write(Path path) throws IOException {
    Path target = path.toAbsolutePath();
    Path temporary = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel file =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        writeTo(file);
        file.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
    forceDirectory(target);
  }

  /** The new name is on disk only once its directory is; Windows cannot open one for that. */
  private static void forceDirectory(Path target) throws IOException {
    Path directory = target.getParent();
    if (directory != null && !System.getProperty("os.name", "").startsWith("Windows")) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private void writeTo(FileChannel file) throws IOException {
    String json = json();
    ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(json));
    int length = Math.addExact(encoded.remaining(), 7) & ~7;
    if (length > SafeTensorsHeader.LONGEST) {
      throw new IllegalArgumentException(
          "header of " + length + " bytes is over the limit of " + SafeTensorsHeader.LONGEST);
    }
    ByteBuffer head = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
    head.putLong(length).put(encoded);
    while (head.hasRemaining()) {
      head.put((byte) ' ');
    }
    writeFully(file, head.flip());

    MessageDigest digest = sha256();
    try (NDManager manager = NDManager.newBaseManager()) {
      for (Item item : items) {
        try (NDManager scope = manager.newSubManager()) {
          writeFully(file, bytes(item, scope), digest);
        }
      }
    }
    int placeholder = json.indexOf("\"" + SafeTensors.SHA256 + "\":\"" + UNKNOWN_SHA256 + "\"");
    if (placeholder >= 0) {
      int before = json.substring(0, placeholder).getBytes(StandardCharsets.UTF_8).length;
      int value = before + SafeTensors.SHA256.length() + "\"\":\"".length();
      file.position(Long.BYTES + value);
      writeFully(file, ByteBuffer.wrap(hex(digest).getBytes(StandardCharsets.US_ASCII)));
    }
  }

  private ByteBuffer bytes(Item item, NDManager scope) throws IOException {
    NDArray array = checkpoint.read(scope, item.name);
    if (!array.getShape().equals(item.info.shape())
        || array.getDataType() != item.info.dataType()) {
      throw new IllegalStateException(
          checkpoint.source() + " gave another array for '" + item.name + "' than it listed");
    }
    // No pointer stands behind an empty array.
    return item.bytes == 0 ? ByteBuffer.allocate(0) : array.toByteBuffer(true);
  }

  private String json() throws IOException {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.beginObject();
      if (!metadata.isEmpty()) {
        json.name(SafeTensorsHeader.METADATA).beginObject();
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.name(entry.getKey()).value(entry.getValue());
        }
        json.endObject();
      }
      long begin = 0;
      for (Item item : items) {
        json.name(item.name).beginObject().name("dtype").value(item.type.name());
        json.name("shape").beginArray();
        for (long dim : item.info.shape().getShape()) {
          json.value(dim);
        }
        json.endArray().name("data_offsets").beginArray();
        json.value(begin).value(begin + item.bytes).endArray().endObject();
        begin += item.bytes;
      }
      json.endObject();
    }
    return text.toString();
  }

  private static void writeFully(FileChannel file, ByteBuffer bytes, MessageDigest digest)
      throws IOException {
    digest.update(bytes.duplicate());
    writeFully(file, bytes);
  }

  private static void writeFully(FileChannel file, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
