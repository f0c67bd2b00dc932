package dev.fovea.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Floats of 16 bits as floats of 32, fast enough that memory bounds the time of loading.
 *
 * <p>Each method takes all elements of a little-endian buffer and moves both positions. The loops
 * go over arrays, four elements in each number: over buffers they take three times as long, since
 * the compiler checks each access. One object is for one thread.
 */
final class HalfFloats {
  /** Numbers of 64 bits at a time, with the results small enough for the nearest caches. */
  private static final int STEP = 1 << 11;

  private final long[] fours = new long[STEP];
  private final long[] pairs = new long[2 * STEP];

  /** bfloat16: the upper half of a float. */
  void widenBrain(ByteBuffer stored, ByteBuffer loaded) {
    if (loaded.order() == ByteOrder.LITTLE_ENDIAN) {
      for (int n = take(stored); n > 0; n = take(stored)) {
        widenBrain(fours, n, pairs);
        put(n, loaded);
      }
    }
    while (stored.hasRemaining()) {
      loaded.putInt(stored.getShort() << 16);
    }
  }

  private static void widenBrain(long[] fours, int count, long[] pairs) {
    for (int i = 0; i < count; i++) {
      long four = fours[i];
      pairs[2 * i] = (four & 0xffffL) << 16 | (four & 0xffff_0000L) << 32;
      pairs[2 * i + 1] = (four >>> 16 & 0xffff_0000L) | (four & 0xffff_0000_0000_0000L);
    }
  }

  /** IEEE 754 binary16; slow, for the few that the engine does not widen. */
  static void widen(ByteBuffer stored, ByteBuffer loaded) {
    while (stored.hasRemaining()) {
      loaded.putInt(floatBits(stored.getShort()));
    }
  }

  /** Moves whole numbers from the buffer to {@link #fours} and tells how many. */
  private int take(ByteBuffer stored) {
    int n = Math.min(STEP, stored.remaining() / Long.BYTES);
    stored.asLongBuffer().get(fours, 0, n);
    stored.position(stored.position() + n * Long.BYTES);
    return n;
  }

  private void put(int n, ByteBuffer loaded) {
    loaded.asLongBuffer().put(pairs, 0, 2 * n);
    loaded.position(loaded.position() + 2 * n * Long.BYTES);
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
