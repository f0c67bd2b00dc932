package dev.fovea.weights;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The checked header of a safetensors file: 8 bytes of length, then JSON.
 *
 * <p>The rules are those of the reference reader (safetensors 0.8, {@code tensor.rs}: {@code
 * read_metadata} and {@code validate}). Stricter, so that no two readers can understand one file
 * differently and a header cannot exhaust the heap: a key may stand once only, sizes fit in 63
 * bits, a tensor is a JSON object whose type is a string, and there are at most {@value
 * #MOST_TENSORS} tensors of at most {@value #MOST_DIMENSIONS} dimensions with {@value
 * HeaderText#MOST_TEXT} characters of text.
 */
final class SafeTensorsHeader {
  static final String METADATA = "__metadata__";
  static final int LONGEST = 100_000_000;
  static final int MOST_TENSORS = 100_000;
  static final int MOST_DIMENSIONS = 64;

  /** One tensor: its bytes are those from begin to end of the data section. */
  record Entry(StoredType type, Shape shape, long begin, long end) {}

  /** By their bytes; a class, since a header is read before lambdas are linked. */
  private static final class ByPlace implements Comparator<Map.Entry<String, Entry>> {
    @Override
    public int compare(Map.Entry<String, Entry> a, Map.Entry<String, Entry> b) {
      int begins = Long.compare(a.getValue().begin, b.getValue().begin);
      return begins != 0 ? begins : Long.compare(a.getValue().end, b.getValue().end);
    }
  }

  final Map<String, String> metadata;

  /** In the order of the data section. */
  final Map<String, Entry> entries;

  /** Where the data section begins in the file. */
  final long dataStart;

  private SafeTensorsHeader(
      Map<String, String> metadata, Map<String, Entry> entries, long dataStart) {
    this.metadata = metadata;
    this.entries = entries;
    this.dataStart = dataStart;
  }

  static SafeTensorsHeader read(FileChannel file, String source) throws IOException {
    long size = file.size();
    ByteBuffer start = ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN);
    while (start.hasRemaining() && file.read(start, start.position()) >= 0) {}
    if (start.position() < Long.BYTES) {
      throw new WeightsFormatException(
          source, "has " + size + " bytes, less than the 8 that hold the header's length");
    }
    long length = start.getLong(0);
    if (length < 0 || length > LONGEST) {
      throw new WeightsFormatException(
          source,
          "header length " + Long.toUnsignedString(length) + " is over the limit of " + LONGEST);
    }
    if (length > size - Long.BYTES) {
      throw new WeightsFormatException(
          source, "header length " + length + " does not fit in a file of " + size + " bytes");
    }
    if (length == 0 || start.get(8) != '{') {
      throw new WeightsFormatException(source, "header does not start with '{'");
    }
    long dataStart = Long.BYTES + length;
    HeaderParser parser =
        new HeaderParser(source, new HeaderText(file, Long.BYTES, length, source));
    parser.parse();
    return new SafeTensorsHeader(
        Collections.unmodifiableMap(parser.metadata),
        inOrder(source, parser.entries, size - dataStart),
        dataStart);
  }

  /** Every byte of the data section belongs to exactly one tensor: no hole, overlap or tail. */
  private static Map<String, Entry> inOrder(
      String source, Map<String, Entry> entries, long available) throws IOException {
    List<Map.Entry<String, Entry>> sorted = new ArrayList<>(entries.entrySet());
    sorted.sort(new ByPlace());
    Map<String, Entry> ordered = new LinkedHashMap<>();
    long end = 0;
    for (Map.Entry<String, Entry> e : sorted) {
      Entry entry = e.getValue();
      if (entry.begin != end) {
        String reason = "begins at byte " + entry.begin + " of the data, expected " + end;
        throw new WeightsFormatException(
            source, e.getKey(), reason + ": no holes or overlaps are allowed");
      }
      end = entry.end;
      ordered.put(e.getKey(), entry);
    }
    if (end != available) {
      throw new WeightsFormatException(
          source, "tensors take " + end + " bytes, but the file holds " + available + " of data");
    }
    return Collections.unmodifiableMap(ordered);
  }
}
