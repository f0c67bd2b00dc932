package dev.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HalfFloatsTest {
  private static final int VALUES = 1 << 16;

  /** Each of the 65,536 values at each place of a group, and a rest that is no group. */
  @ParameterizedTest
  @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
  void every_value_is_exact_wherever_it_stands(String order) {
    ByteOrder loadedOrder = order.startsWith("L") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    for (int shift = 0; shift < 4; shift++) {
      int count = VALUES + 4 + shift;
      ByteBuffer stored = ByteBuffer.allocate(2 * count).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        stored.putShort((short) (i - shift));
      }
      stored.flip();
      ByteBuffer halves = ByteBuffer.allocate(4 * count).order(loadedOrder);
      ByteBuffer brains = ByteBuffer.allocate(4 * count).order(loadedOrder);
      HalfFloats.widen(stored.duplicate().order(ByteOrder.LITTLE_ENDIAN), halves);
      new HalfFloats().widenBrain(stored, brains);
      assertThat(halves.hasRemaining() || brains.hasRemaining()).isFalse();
      for (int i = 0; i < count; i++) {
        short value = (short) (i - shift);
        assertThat(brains.getInt(4 * i)).isEqualTo(value << 16);
        int bits = halves.getInt(4 * i);
        if ((value & 0x7fff) > 0x7c00) {
          assertThat(bits).isEqualTo((value & 0x8000) << 16 | 0x7f80_0000 | (value & 0x3ff) << 13);
        } else {
          assertThat(Float.intBitsToFloat(bits)).isEqualTo(expected(value));
        }
      }
    }
  }

  /** By the definition of the format. */
  private static float expected(short half) {
    int exponent = half >> 10 & 0x1f;
    double fraction = (half & 0x3ff) / 1024.0;
    double size =
        exponent == 0
            ? fraction * 0x1p-14
            : exponent == 31
                ? Double.POSITIVE_INFINITY
                : (1 + fraction) * Math.scalb(1.0, exponent - 15);
    return (float) (half < 0 ? -size : size);
  }
}
