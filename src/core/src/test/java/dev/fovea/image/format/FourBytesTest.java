package dev.fovea.image.format;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Four numbers at once come out as one by one. */
class FourBytesTest {
  private static final int[] CHANGES = {-4096, -257, -256, -255, -1, 0, 1, 254, 255, 256, 4095};

  @Test
  void puts_bytes_apart_and_together() {
    assertThat(FourBytes.apart(0xFF80017F)).isEqualTo(0x00FF00800001007FL);
    assertThat(FourBytes.together(0x00FF00800001007FL)).isEqualTo(0xFF80017F);
  }

  @Test
  void clips_each_number_whatever_its_neighbours_are() {
    for (int a = -256; a < 512; a += 3) {
      for (int b = -256; b < 512; b += 7) {
        int numbers = FourBytes.together(FourBytes.clip(a + ((long) b << 16) + ((long) a << 32)));
        assertThat(numbers).as("%d, %d", a, b).isEqualTo(clip(a) | clip(b) << 8 | clip(a) << 16);
      }
    }
  }

  @Test
  void samples_are_changed_by_large_numbers_too() {
    Vp8Plane plane = new Vp8Plane(16, 16);
    int at = plane.at(0, 0);
    for (int before : new int[] {0, 1, 128, 254, 255}) {
      for (int a : CHANGES) {
        plane.fill(at, before);
        plane.addToAll(at, a);
        long due = clip(before + a) * FourBytes.ONE;
        assertThat(plane.samples[at]).as("%d + %d", before, a).isEqualTo(due);
        assertThat(plane.last(at + 3 * plane.stride)).isEqualTo(clip(before + a));
        for (int b : CHANGES) {
          plane.fill(at, before);
          plane.add(at, a, b, -a, -b);
          due =
              FourBytes.of(clip(before + a), clip(before + b), clip(before - a), clip(before - b));
          assertThat(plane.samples[at]).as("%d + %d, %d", before, a, b).isEqualTo(due);
        }
      }
    }
  }

  @Test
  void turns_rows_to_columns() {
    long[] rows = {
      0x0004000300020001L, 0x0008000700060005L, 0x000C000B000A0009L, 0x0010000F000E000DL
    };
    long[] columns = new long[7];
    FourBytes.turn(rows, 0, 1, columns, 0, 2);
    assertThat(columns)
        .containsExactly(
            0x000D000900050001L,
            0,
            0x000E000A00060002L,
            0,
            0x000F000B00070003L,
            0,
            0x0010000C00080004L);
    assertThat(FourBytes.sum(columns[0])).isEqualTo(1 + 5 + 9 + 13);
  }

  private static int clip(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
