package dev.fovea.image.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** One channel of a picture, with the border from which the first row and column are predicted. */
final class Vp8Plane {
  /** Columns before the first; one is used. */
  private static final int LEFT = 1;

  /** Columns after the last, which 4 x 4 blocks look at. */
  private static final int RIGHT = 4;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  final byte[] samples;
  final int stride;

  Vp8Plane(int width, int height) {
    stride = LEFT + width + RIGHT;
    samples = new byte[Math.multiplyExact(stride, height + 1)];
    for (int y = 0; y < height; y++) {
      samples[at(-1, y)] = (byte) 129;
    }
    Arrays.fill(samples, 0, stride, (byte) 127);
  }

  /** Where a sample lies; x and y from -1. */
  int at(int x, int y) {
    return (y + 1) * stride + LEFT + x;
  }

  int get(int index) {
    return samples[index] & 0xFF;
  }

  /** Changes four samples. */
  void add(int index, int a, int b, int c, int d) {
    if (((a + 256) | (b + 256) | (c + 256) | (d + 256)) >>> 9 != 0) {
      int[] changes = {a, b, c, d};
      for (int i = 0; i < 4; i++) {
        samples[index + i] = clip((samples[index + i] & 0xFF) + changes[i]);
      }
      return;
    }
    long four = a + ((long) b << 16) + ((long) c << 32) + ((long) d << 48);
    add(index, four);
  }

  /** Adds the same to four samples. */
  void addToFour(int index, int change) {
    if (change < -256 || change > 255) {
      add(index, change, change, change, change);
      return;
    }
    add(index, change * FourBytes.ONE);
  }

  private void add(int index, long changes) {
    long four = FourBytes.apart((int) INT.get(samples, index)) + changes;
    INT.set(samples, index, FourBytes.together(FourBytes.clip(four)));
  }

  /** Sets a square of 4, 8 or 16. */
  void fill(int index, int size, int value) {
    int four = value * 0x01010101;
    for (int y = 0, row = index; y < size; y++, row += stride) {
      for (int i = row; i < row + size; i += 4) {
        INT.set(samples, i, four);
      }
    }
  }

  static byte clip(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }
}
