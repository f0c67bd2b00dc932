package dev.fovea.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Builds PyTorch files opcode by opcode, also such as no writer would. */
final class PickleText {
  private final ByteArrayOutputStream dicts = new ByteArrayOutputStream();

  /** Adds a dictionary "dict-of-NAME" with one tensor of floats. */
  PickleText tensorDict(
      String name, String storage, int length, int offset, List<Integer> sizes, List<Integer> steps)
      throws IOException {
    dicts.write(text("dict-of-" + name));
    dicts.write('}');
    dicts.write(text(name));
    dicts.write(tensor(storage, number(length), number(offset), tuple(sizes), tuple(steps)));
    dicts.write('s');
    return this;
  }

  /** Writes a zip file with a storage "0" that counts from 0. */
  Path writeZip(Path path, int length) throws IOException {
    ByteBuffer storage = ByteBuffer.allocate(4 * length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < length; i++) {
      storage.putFloat(i);
    }
    return zip(path, join("}(", dicts.toByteArray(), "u."), storage.array());
  }

  static byte[] tensor(String storage, byte[] length, byte[] offset, byte[] sizes, byte[] strides) {
    return join(
        "ctorch._utils\n_rebuild_tensor_v2\n((",
        text("storage"),
        "ctorch\nFloatStorage\n",
        text(storage),
        text("cpu"),
        length,
        "tQ",
        offset,
        sizes,
        strides,
        "\u0089}tR");
  }

  static byte[] text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return join("X", little(utf8.length, 4), utf8);
  }

  static byte[] number(long number) {
    return join("\u008a\b", little(number, 8));
  }

  static byte[] tuple(List<Integer> numbers) {
    ByteArrayOutputStream items = new ByteArrayOutputStream();
    numbers.forEach(n -> items.writeBytes(number(n)));
    return join("(", items.toByteArray(), "t");
  }

  static byte[] little(long number, int bytes) {
    ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number);
    return Arrays.copyOf(buffer.array(), bytes);
  }

  /** Joins bytes, and text of which each character is one byte. */
  static byte[] join(Object... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Object part : parts) {
      out.writeBytes(
          part instanceof byte[] bytes
              ? bytes
              : part.toString().getBytes(StandardCharsets.ISO_8859_1));
    }
    return out.toByteArray();
  }

  /** Writes a zip file of a pickle and one storage. */
  static Path zip(Path path, byte[] pickle, byte[] storage) throws IOException {
    try (OutputStream out = Files.newOutputStream(path);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      stored(zip, "archive/data.pkl", pickle);
      stored(zip, "archive/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
      stored(zip, "archive/data/0", storage);
    }
    return path;
  }

  static void stored(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}
