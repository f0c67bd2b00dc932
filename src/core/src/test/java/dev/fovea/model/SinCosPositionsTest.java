package dev.fovea.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class SinCosPositionsTest {

  /** D = 8: frequencies 1 and 1 / 100, for x in the first half, for y in the second. */
  @Test
  void columns_come_before_rows_and_sines_before_cosines() {
    float s = (float) Math.sin(1);
    float c = (float) Math.cos(1);
    float slowS = (float) Math.sin(0.01);
    float slowC = (float) Math.cos(0.01);
    float[][] expected = {
      {0, 0, 0, 0, 0, 0, 0, 0}, // the class token
      {0, 0, 1, 1, 0, 0, 1, 1},
      {s, slowS, c, slowC, 0, 0, 1, 1},
      {0, 0, 1, 1, s, slowS, c, slowC},
      {s, slowS, c, slowC, s, slowS, c, slowC}
    };
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] table =
          new SinCosPositions()
              .initialize(manager, new Shape(1, 5, 8), DataType.FLOAT32)
              .toFloatArray();
      for (int i = 0; i < table.length; i++) {
        assertThat(table[i])
            .as("row %s, column %s", i / 8, i % 8)
            .isEqualTo(expected[i / 8][i % 8]);
      }
    }
  }
}
