package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Test
  void warmup_and_cosine_are_those_of_mae() throws IOException {
    // Two steps an epoch; the case gives the rate every 2.5 epochs.
    Schedule schedule = Schedule.cosine(1.5e-4, 1e-6, 40 * 2, 400 * 2);
    assertThat(LongStream.range(0, 160).mapToDouble(i -> schedule.learningRate(5 * i)).toArray())
        .usingComparatorWithPrecision(1e-15)
        .containsExactly(golden("cosine"));
  }

  @Test
  void warmup_and_polynomial_decay_are_those_of_segformer() throws IOException {
    Schedule schedule = Schedule.polynomial(6e-5, 1, 160_000).withWarmup(1500, 1e-6);
    assertThat(LongStream.range(0, 320).mapToDouble(i -> schedule.learningRate(500 * i)).toArray())
        .usingComparatorWithPrecision(1e-15)
        .containsExactly(golden("poly"));
  }

  private static double[] golden(String name) throws IOException {
    try (NDManager manager = NDManager.newBaseManager();
        InputStream stream =
            ScheduleTest.class.getResourceAsStream(
                "/golden/optim/schedules/expected.safetensors")) {
      return NDList.decode(manager, stream).get(name).toDoubleArray();
    }
  }

  @Test
  void schedules_stay_at_their_end() {
    assertThat(Schedule.polynomial(1, 0.9, 10).learningRate(25)).isZero();
    assertThat(Schedule.cosine(1, 0.25, 0, 10).learningRate(25)).isEqualTo(0.25);
    assertThat(Schedule.cosine(1, 0.25, 0, 10).learningRate(0)).isEqualTo(1);
    assertThat(Schedule.constant(3).learningRate(25)).isEqualTo(3);
  }

  @Test
  void refuses_a_warmup_that_leaves_no_step() {
    assertThatThrownBy(() -> Schedule.cosine(1, 0, 10, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("steps - warmup must be above 0, but is 0");
  }
}
