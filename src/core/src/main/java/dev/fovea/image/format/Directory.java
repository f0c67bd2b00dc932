package dev.fovea.image.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * The first directory of a TIFF file, which is also how EXIF is stored (TIFF 6.0, section 2).
 *
 * <p>Values stay in the file until they are asked for: a count in a file allocates nothing.
 */
final class Directory {
  private static final int ORIENTATION = 0x0112;

  private record Entry(int type, long count, int at) {}

  private final ByteBuffer file;
  private final Map<Integer, Entry> entries = new HashMap<>();

  private Directory(ByteBuffer file) {
    this.file = file;
  }

  /**
   * Reads it.
   *
   * @param bytes from the byte order on; position 0 is what offsets count from
   * @return the directory
   * @throws IOException if the data is no directory
   */
  static Directory read(ByteBuffer bytes) throws IOException {
    ByteBuffer file = bytes.slice();
    int order = file.getShort(0) & 0xFFFF;
    if (order != 0x4949 && order != 0x4D4D) {
      throw new IOException("no byte order where a TIFF directory should be");
    }
    file.order(order == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int start = file.getInt(4);
    Directory directory = new Directory(file);
    int count = file.getShort(start) & 0xFFFF;
    for (int i = 0; i < count; i++) {
      int at = start + 2 + 12 * i;
      int type = file.getShort(at + 2) & 0xFFFF;
      long values = file.getInt(at + 4) & 0xFFFFFFFFL;
      int where = values * size(type) <= 4 ? at + 8 : file.getInt(at + 8);
      directory.entries.putIfAbsent(file.getShort(at) & 0xFFFF, new Entry(type, values, where));
    }
    return directory;
  }

  /** The orientation that EXIF data states; 1 if it states none, or is broken. */
  static int orientation(ByteBuffer exif) {
    try {
      return read(exif).orientation();
    } catch (IOException | RuntimeException e) {
      // A camera's note beside the image: not worth refusing the image for.
      return 1;
    }
  }

  int orientation() {
    Entry entry = entries.get(ORIENTATION);
    if (entry == null || entry.count != 1) {
      return 1;
    }
    long value = value(ORIENTATION, 0);
    return value >= 1 && value <= 8 ? (int) value : 1;
  }

  ByteOrder order() {
    return file.order();
  }

  /** How many values a tag has; 0 if it is not there. */
  long count(int tag) {
    Entry entry = entries.get(tag);
    return entry == null ? 0 : entry.count;
  }

  /** A tag's first value, or another if there is none. */
  long value(int tag, int index, long absent) {
    return count(tag) == 0 ? absent : value(tag, index);
  }

  /** A value of a tag of whole numbers. */
  long value(int tag, int index) {
    Entry entry = entries.get(tag);
    if (entry == null || index < 0 || index >= entry.count) {
      throw new IllegalArgumentException("no value " + index + " of TIFF tag " + tag);
    }
    int at = Math.addExact(entry.at, Math.multiplyExact(index, size(entry.type)));
    return switch (entry.type) {
      case 1, 6, 7 -> file.get(at) & 0xFF;
      case 3 -> file.getShort(at) & 0xFFFF;
      case 4, 13 -> file.getInt(at) & 0xFFFFFFFFL;
      default ->
          throw new IllegalArgumentException("TIFF tag " + tag + " has the type " + entry.type);
    };
  }

  private static int size(int type) {
    return switch (type) {
      case 3, 8 -> 2;
      case 4, 9, 11, 13 -> 4;
      case 5, 10, 12 -> 8;
      default -> 1;
    };
  }
}
