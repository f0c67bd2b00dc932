package dev.fovea.weights;

import dev.fovea.weights.TorchContents.Region;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The entries of a zip file, by name: where their bytes are.
 *
 * <p>PKWARE's APPNOTE 6.3.10, sections 4.3 to 4.5, but only what {@code torch.save} writes, so that
 * no other program can see other contents in the same file: nothing compressed or encrypted, no
 * comment, no bytes behind the directory, no name twice, no two entries in the same bytes, and a
 * local header that says what the directory says. Names that leave a folder are refused although
 * nothing is ever unpacked.
 */
final class ZipEntries {
  static final int MOST_BYTES = 1 << 24;
  static final int MOST_ENTRIES = 100_000;

  private static final int END = 0x06054b50;
  private static final int END64_LOCATOR = 0x07064b50;
  private static final int END64 = 0x06064b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCAL = 0x04034b50;
  private static final int ENCRYPTED = 1 | 1 << 6 | 1 << 13;
  private static final int SIZES_FOLLOW = 1 << 3;
  private static final long IN_ZIP64 = 0xffffffffL;
  private static final int ZIP64 = 1;

  private final TensorBytes file;
  private final Map<String, Region> entries = new LinkedHashMap<>();

  /** End of each entry by its start. */
  private final TreeMap<Long, Long> taken = new TreeMap<>();

  private ZipEntries(TensorBytes file) {
    this.file = file;
  }

  static Map<String, Region> read(TensorBytes file) throws IOException {
    ZipEntries zip = new ZipEntries(file);
    zip.readDirectory();
    return zip.entries;
  }

  private void readDirectory() throws IOException {
    long at = file.size() - 22;
    if (at < 0) {
      throw fault("is cut: a zip file has at least 22 bytes");
    }
    ByteBuffer end = bytes(at, 22);
    if (end.getInt(0) != END || end.getShort(20) != 0) {
      throw fault("does not end as a zip file: it is cut, or has a comment or bytes behind");
    }
    long count = Short.toUnsignedLong(end.getShort(10));
    long size = Integer.toUnsignedLong(end.getInt(12));
    long start = Integer.toUnsignedLong(end.getInt(16));
    boolean oneDisk = end.getInt(4) == 0 && end.getShort(8) == end.getShort(10);
    if (at >= 20 + 56 && bytes(at - 20, 4).getInt(0) == END64_LOCATOR) {
      long end64 = at - 20 - 56;
      ByteBuffer large = bytes(end64, 56);
      boolean same =
          agrees(count, 0xffff, large.getLong(32))
              && agrees(size, IN_ZIP64, large.getLong(40))
              && agrees(start, IN_ZIP64, large.getLong(48));
      if (large.getInt(0) != END64
          || large.getLong(4) != 44
          || bytes(at - 12, 8).getLong(0) != end64
          || large.getLong(16) != 0
          || large.getLong(24) != large.getLong(32)
          || !same) {
        throw fault("has a ZIP64 end that contradicts itself");
      }
      count = large.getLong(32);
      size = large.getLong(40);
      start = large.getLong(48);
      at = end64;
    }
    if (!oneDisk || start < 0 || size < 0 || size > at || start != at - size) {
      throw fault("has a directory that does not end where the end of the file begins");
    }
    if (count < 0 || count > MOST_ENTRIES || size > MOST_BYTES) {
      throw fault("has over " + MOST_ENTRIES + " entries or " + MOST_BYTES + " bytes of names");
    }
    ByteBuffer directory = bytes(start, (int) size);
    for (long i = 0; i < count; i++) {
      readEntry(directory, start);
    }
    if (directory.hasRemaining()) {
      throw fault("has bytes in its directory that belong to no entry");
    }
  }

  private static boolean agrees(long small, long elsewhere, long large) {
    return small == large || small == elsewhere;
  }

  private void readEntry(ByteBuffer directory, long dataEnd) throws IOException {
    int at = directory.position();
    if (directory.remaining() < 46 || directory.getInt(at) != CENTRAL) {
      throw fault("has a directory that is cut or not one");
    }
    int flags = directory.getShort(at + 8);
    int method = Short.toUnsignedInt(directory.getShort(at + 10));
    int crc = directory.getInt(at + 16);
    long packed = Integer.toUnsignedLong(directory.getInt(at + 20));
    long size = Integer.toUnsignedLong(directory.getInt(at + 24));
    int nameLength = Short.toUnsignedInt(directory.getShort(at + 28));
    int extraLength = Short.toUnsignedInt(directory.getShort(at + 30));
    int commentLength = Short.toUnsignedInt(directory.getShort(at + 32));
    long local = Integer.toUnsignedLong(directory.getInt(at + 42));
    if (nameLength + extraLength > directory.remaining() - 46 || commentLength != 0) {
      throw fault("has a directory that is cut, or an entry with a comment");
    }
    byte[] raw = new byte[nameLength];
    directory.position(at + 46).get(raw);
    String name = checked(raw);
    ByteBuffer extra = directory.slice(at + 46 + nameLength, extraLength);
    directory.position(at + 46 + nameLength + extraLength);

    ByteBuffer large = zip64(extra.order(ByteOrder.LITTLE_ENDIAN), name);
    size = size == IN_ZIP64 ? next(large, name) : size;
    packed = packed == IN_ZIP64 ? next(large, name) : packed;
    local = local == IN_ZIP64 ? next(large, name) : local;

    if ((flags & ENCRYPTED) != 0 || method != 0 || packed != size) {
      boolean script = name.contains("/code/");
      throw fault(
          name,
          "is encrypted or compressed"
              + (script ? ": the file is TorchScript, which is code" : "")
              + "; save the state_dict() again with torch.save");
    }
    if (local < 0 || size < 0 || local > dataEnd - 30 || size > dataEnd - local - 30) {
      throw fault(name, "lies outside of the file");
    }
    long start = local + headerLength(local, raw, name, flags, crc, size);
    if (start > dataEnd - size) {
      throw fault(name, "lies outside of the file");
    }
    take(local, start + size, name);
    // 0 where torch.serialization.set_crc32_options(False) was called before saving.
    Region region = new Region(start, size, crc == 0 ? null : crc);
    if (entries.put(name, region) != null) {
      throw fault(name, "stands twice in the directory");
    }
  }

  private int headerLength(long local, byte[] raw, String name, int flags, int crc, long size)
      throws IOException {
    ByteBuffer header = bytes(local, 30);
    int nameLength = Short.toUnsignedInt(header.getShort(26));
    int extraLength = Short.toUnsignedInt(header.getShort(28));
    boolean told =
        header.getInt(14) == crc
            && isTold(header.getInt(18), size)
            && isTold(header.getInt(22), size);
    boolean follows = (header.getShort(6) & SIZES_FOLLOW) != 0;
    if (header.getInt(0) != LOCAL
        || header.getShort(6) != (short) flags
        || header.getShort(8) != 0
        || nameLength != raw.length
        || local + 30 + nameLength > file.size()
        || !Arrays.equals(bytes(local + 30, nameLength).array(), raw)
        || !(told || follows)) {
      throw fault(name, "has a local header that differs from the directory");
    }
    return 30 + nameLength + extraLength;
  }

  private static boolean isTold(int field, long size) {
    return Integer.toUnsignedLong(field) == Math.min(size, IN_ZIP64) || field == -1;
  }

  private void take(long begin, long end, String name) throws IOException {
    Map.Entry<Long, Long> before = taken.floorEntry(begin);
    Map.Entry<Long, Long> after = taken.ceilingEntry(begin);
    boolean inBefore = before != null && before.getValue() > begin;
    boolean inAfter = after != null && after.getKey() < end;
    if (inBefore || inAfter) {
      throw fault(name, "lies in the bytes of another entry");
    }
    taken.put(begin, end);
  }

  private String checked(byte[] raw) throws IOException {
    String name;
    try {
      name = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString();
    } catch (CharacterCodingException e) {
      throw fault("has an entry whose name is not UTF-8");
    }
    boolean inside =
        Arrays.stream(name.split("/", -1)).noneMatch(part -> part.equals("..") || part.isEmpty());
    if (!inside || name.chars().anyMatch(c -> c == '\\' || c == ':' || c < ' ')) {
      throw fault(name, "has a name that leaves its folder or is not plain");
    }
    return name;
  }

  /** The 64-bit numbers of an entry (section 4.5.3), or nothing. */
  private ByteBuffer zip64(ByteBuffer extra, String name) throws IOException {
    while (extra.remaining() >= 4) {
      int id = extra.getShort();
      int length = Short.toUnsignedInt(extra.getShort());
      if (length > extra.remaining()) {
        break;
      }
      if (id == ZIP64) {
        return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      }
      extra.position(extra.position() + length);
    }
    if (extra.hasRemaining()) {
      throw fault(name, "has extra fields that are cut");
    }
    return extra;
  }

  private long next(ByteBuffer large, String name) throws IOException {
    if (large.remaining() < Long.BYTES) {
      throw fault(name, "lacks its ZIP64 sizes");
    }
    return large.getLong();
  }

  private ByteBuffer bytes(long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    file.readFully(bytes, position);
    return bytes.flip();
  }

  private WeightsFormatException fault(String reason) {
    return new WeightsFormatException(file.source(), reason);
  }

  private WeightsFormatException fault(String name, String reason) {
    return fault("entry '" + WeightsFormatException.printable(name) + "' " + reason);
  }
}
