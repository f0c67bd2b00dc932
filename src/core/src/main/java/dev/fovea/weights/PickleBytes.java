package dev.fovea.weights;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of pickles, read forward; a length that is claimed is compared with what is left. */
final class PickleBytes {
  /** A state dict takes about 200 bytes a tensor. */
  static final int MOST_BYTES = 1 << 24;

  private static final int LONGEST_LINE = 200;

  private final String source;
  private final ByteBuffer bytes;

  PickleBytes(String source, ByteBuffer bytes) {
    this.source = source;
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  int position() {
    return bytes.position();
  }

  WeightsFormatException fault(String reason) {
    return new WeightsFormatException(
        source, "pickle, before byte " + bytes.position() + ", " + reason);
  }

  private void need(long count) throws WeightsFormatException {
    if (count < 0 || count > bytes.remaining()) {
      throw fault(
          "needs "
              + Long.toUnsignedString(count)
              + " bytes where "
              + bytes.remaining()
              + " are left");
    }
  }

  /** A number of one or two bytes. */
  int unsigned(int size) throws WeightsFormatException {
    need(size);
    return size == 1 ? Byte.toUnsignedInt(bytes.get()) : Short.toUnsignedInt(bytes.getShort());
  }

  int signed32() throws WeightsFormatException {
    need(Integer.BYTES);
    return bytes.getInt();
  }

  long unsigned32() throws WeightsFormatException {
    return Integer.toUnsignedLong(signed32());
  }

  long signed64() throws WeightsFormatException {
    need(Long.BYTES);
    return bytes.getLong();
  }

  double float64() throws WeightsFormatException {
    return Double.longBitsToDouble(Long.reverseBytes(signed64()));
  }

  /** A little-endian two's complement number: a Long where it fits. */
  Object integer(int size) throws WeightsFormatException {
    need(size);
    byte[] bigEndian = new byte[size];
    for (int i = size - 1; i >= 0; i--) {
      bigEndian[i] = bytes.get();
    }
    BigInteger value = size == 0 ? BigInteger.ZERO : new BigInteger(bigEndian);
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  String text(long size) throws WeightsFormatException {
    need(size);
    ByteBuffer slice = bytes.slice(bytes.position(), (int) size);
    bytes.position(bytes.position() + (int) size);
    return decode(slice);
  }

  /** Text up to the end of a line, as the names of globals are written. */
  String line() throws WeightsFormatException {
    for (int i = 0; i < Math.min(LONGEST_LINE, bytes.remaining()); i++) {
      if (bytes.get(bytes.position() + i) == '\n') {
        String line = text(i);
        bytes.get();
        return line;
      }
    }
    throw fault("has a name without an end");
  }

  private String decode(ByteBuffer slice) throws WeightsFormatException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(slice).toString();
    } catch (CharacterCodingException e) {
      throw fault("has text that is not UTF-8");
    }
  }

  void protocol() throws WeightsFormatException {
    int protocol = unsigned(1);
    if (protocol < 2 || protocol > 5) {
      throw fault("is of protocol " + protocol + ", expected 2 to 5");
    }
  }

  /** A frame only tells how much to read at once. */
  void frame() throws WeightsFormatException {
    need(signed64());
  }
}
