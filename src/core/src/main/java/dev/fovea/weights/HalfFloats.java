package dev.fovea.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Floats of 16 bits as floats of 32, several at a time: loading is bound by memory, not by this.
 *
 * <p>Each method takes all elements of a little-endian buffer and moves both positions.
 */
final class HalfFloats {
  private static final long LANES = 0x1_0000_0001L; // a number in both halves of a long

  private HalfFloats() {}

  /** bfloat16: the upper half of a float. */
  static void widenBrain(ByteBuffer stored, ByteBuffer loaded) {
    int from = stored.position();
    int end = stored.limit();
    int to = loaded.position();
    if (loaded.order() == ByteOrder.LITTLE_ENDIAN) {
      for (; from <= end - Long.BYTES; from += Long.BYTES, to += 2 * Long.BYTES) {
        long four = stored.getLong(from);
        loaded.putLong(to, (four & 0xffffL) << 16 | (four & 0xffff_0000L) << 32);
        loaded.putLong(
            to + Long.BYTES, (four >>> 16 & 0xffff_0000L) | (four & 0xffff_0000_0000_0000L));
      }
    }
    for (; from < end; from += Short.BYTES, to += Integer.BYTES) {
      loaded.putInt(to, stored.getShort(from) << 16);
    }
    stored.position(end);
    loaded.position(to);
  }

  /** IEEE 754 binary16. */
  static void widen(ByteBuffer stored, ByteBuffer loaded) {
    int from = stored.position();
    int end = stored.limit();
    int to = loaded.position();
    if (loaded.order() == ByteOrder.LITTLE_ENDIAN) {
      for (; from <= end - Integer.BYTES; from += Integer.BYTES, to += Long.BYTES) {
        int both = stored.getInt(from);
        long pair = (both & 0xffffL) | (both & 0xffff_0000L) << 16;
        // 0 in a lane whose exponent is 0 (zero, subnormal) or 31 (infinity, NaN).
        long normal = ((pair & 0x7c00 * LANES) + 0x400 * LANES) & 0x7800 * LANES;
        if ((int) normal != 0 && normal >>> 32 != 0) {
          loaded.putLong(
              to,
              (pair & 0x8000 * LANES) << 16
                  | ((pair & 0x7fff * LANES) << 13) + ((127 - 15L) << 23) * LANES);
        } else {
          loaded.putInt(to, floatBits((short) both));
          loaded.putInt(to + Integer.BYTES, floatBits((short) (both >>> 16)));
        }
      }
    }
    for (; from < end; from += Short.BYTES, to += Integer.BYTES) {
      loaded.putInt(to, floatBits(stored.getShort(from)));
    }
    stored.position(end);
    loaded.position(to);
  }

  /** IEEE 754 binary16 to binary32, exact for every value; a NaN keeps its payload. */
  static int floatBits(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = half >> 10 & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      return sign | Float.floatToRawIntBits(fraction * 0x1p-24f);
    }
    int biased = exponent == 0x1f ? 0xff : exponent + (127 - 15);
    return sign | biased << 23 | fraction << 13;
  }
}
