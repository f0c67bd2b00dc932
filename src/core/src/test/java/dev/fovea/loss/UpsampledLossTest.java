package dev.fovea.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UpsampledLossTest {

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /** torch.nn.functional.interpolate([[1, 2], [3, 5]], size=(3, 5), mode="bilinear"). */
  @Test
  void enlarges_with_half_pixel_centres() {
    NDArray map = manager.create(new double[] {1, 2, 3, 5}, new Shape(1, 1, 2, 2));
    assertThat(UpsampledLoss.upsample(map, 3, 5).toDoubleArray())
        .usingComparatorWithPrecision(1e-6)
        .containsExactly(1, 1.1, 1.5, 1.9, 2, 2, 2.15, 2.75, 3.35, 3.5, 3, 3.2, 4, 4.8, 5);
  }

  @Test
  void is_the_loss_of_the_enlarged_logits() {
    NDArray logits = manager.create(new double[] {1, 2, 3, 5, 0, 9, 2, 1}, new Shape(1, 2, 2, 2));
    NDArray labels = manager.create(new long[6], new Shape(1, 2, 3));
    CrossEntropyLoss inner = new CrossEntropyLoss();
    double expected = inner.apply(UpsampledLoss.upsample(logits, 2, 3), labels).getDouble();
    LossProbe got = LossProbe.of(new UpsampledLoss(inner), logits, labels);
    assertThat(got.loss()[0]).isEqualTo(expected);
    assertThat(DoubleStream.of(got.gradient())).allMatch(Double::isFinite).anyMatch(v -> v != 0);
  }

  @Test
  void weighted_sum_by_hand() {
    NDArray logits = manager.create(new double[2], new Shape(1, 2));
    NDArray labels = manager.create(new long[] {1});
    CrossEntropyLoss ln2 = new CrossEntropyLoss();
    WeightedSumLoss loss =
        new WeightedSumLoss(
            List.of(new WeightedSumLoss.Term(2, ln2), new WeightedSumLoss.Term(-0.5, ln2)));
    assertThat(LossProbe.of(loss, logits, labels).loss()[0])
        .isCloseTo(1.5 * Math.log(2), within(1e-12));
  }

  @Test
  void refuses_to_shrink_logits() {
    NDArray map = manager.zeros(new Shape(1, 1, 4, 4));
    assertThatThrownBy(() -> UpsampledLoss.upsample(map, 2, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(1, 1, 4, 4) are larger than the labels' 2 x 4");
    assertThatThrownBy(() -> UpsampledLoss.upsample(map.flatten(), 2, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be (N, C, H, W)");
    assertThatThrownBy(() -> new WeightedSumLoss(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nothing to add up");
  }
}
