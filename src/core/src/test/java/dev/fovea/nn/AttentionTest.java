package dev.fovea.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.junit.jupiter.api.Test;

class AttentionTest {

  private static final int TOKENS = 5;
  private static final int DIM = 6;

  /** The definition, one query and one head at a time. */
  private static double[][] expected(double[][] q, double[][] k, double[][] v, int heads) {
    int size = DIM / heads;
    double[][] y = new double[TOKENS][DIM];
    for (int head = 0; head < heads; head++) {
      for (int i = 0; i < TOKENS; i++) {
        double[] weights = new double[TOKENS];
        double sum = 0;
        for (int j = 0; j < TOKENS; j++) {
          double dot = 0;
          for (int c = head * size; c < (head + 1) * size; c++) {
            dot += q[i][c] * k[j][c];
          }
          weights[j] = Math.exp(dot / Math.sqrt(size));
          sum += weights[j];
        }
        for (int j = 0; j < TOKENS; j++) {
          for (int c = head * size; c < (head + 1) * size; c++) {
            y[i][c] += weights[j] / sum * v[j][c];
          }
        }
      }
    }
    return y;
  }

  private static double[][] rows(NDArray matrix) {
    float[] values = matrix.toFloatArray();
    int columns = (int) matrix.getShape().get(1);
    double[][] rows = new double[values.length / columns][columns];
    for (int i = 0; i < values.length; i++) {
      rows[i / columns][i % columns] = values[i];
    }
    return rows;
  }

  @Test
  void each_head_is_softmax_of_scaled_products_times_values() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Attention attention = new Attention(DIM, 2);
      attention.initialize(manager);
      NDArray weight = attention.getParameters().get("qkv.weight").getArray();
      weight.setRequiresGradient(false);
      weight.set(manager.randomNormal(weight.getShape()).toFloatArray());
      NDArray x = manager.randomNormal(new Shape(1, TOKENS, DIM));
      Forward pass = new Forward(new ParameterStore(manager, false), false);

      double[][] got = rows(attention.forward(x, pass).get(0));

      NDArray qkv = x.get(0).matMul(weight.transpose()); // biases are 0 at first
      double[][] heads =
          expected(rows(qkv.get(":, 0:6")), rows(qkv.get(":, 6:12")), rows(qkv.get(":, 12:18")), 2);
      double[][] projection =
          rows(attention.getParameters().get("proj.weight").getArray().duplicate());
      for (int i = 0; i < TOKENS; i++) {
        for (int out = 0; out < DIM; out++) {
          double y = 0;
          for (int c = 0; c < DIM; c++) {
            y += projection[out][c] * heads[i][c];
          }
          assertThat(got[i][out]).isCloseTo(y, within(1e-6));
        }
      }
    }
  }

  @Test
  void heads_must_divide_the_channels() {
    assertThatThrownBy(() -> new Attention(64, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("5")
        .hasMessageContaining("64");
  }
}
