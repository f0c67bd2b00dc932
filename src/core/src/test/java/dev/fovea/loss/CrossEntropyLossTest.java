package dev.fovea.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CrossEntropyLossTest {

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void by_hand() {
    NDArray logits = manager.create(new double[] {0, Math.log(3)}, new Shape(1, 2));
    double loss =
        LossProbe.of(new CrossEntropyLoss(), logits, manager.create(new long[] {0})).loss()[0];
    assertThat(loss).isCloseTo(Math.log(4), within(1e-12));
  }

  /** torch.nn.functional.cross_entropy(x, y, w, ignore_index=255, label_smoothing=.2), float64. */
  @Test
  void weights_ignore_index_and_smoothing_combine_as_in_pytorch() {
    double[] x = IntStream.range(0, 24).mapToDouble(i -> Math.sin(1.7 * i)).toArray();
    NDArray logits = manager.create(x, new Shape(2, 3, 2, 2));
    NDArray labels = manager.create(new long[] {0, 2, 255, 1, 1, 1, 2, 255}, new Shape(2, 2, 2));
    double[] weights = {0.5, 2, 1};
    LossProbe mean =
        LossProbe.of(new CrossEntropyLoss(weights, 255, 0.2, Reduction.MEAN), logits, labels);
    LossProbe sum =
        LossProbe.of(new CrossEntropyLoss(weights, 255, 0.2, Reduction.SUM), logits, labels);
    assertThat(mean.loss()[0]).isCloseTo(1.1216996276689375, within(1e-12));
    assertThat(sum.loss()[0]).isCloseTo(9.534446835185967, within(1e-12));
    assertThat(mean.gradient())
        .usingComparatorWithPrecision(1e-12)
        .startsWith(-0.03607910221437537, 0.047244974279575316, 0, 0.043640907774897715);
  }

  @Test
  void smoothing_1_forgets_the_label() {
    NDArray logits = manager.create(new double[] {1, 2, 4}, new Shape(1, 3));
    CrossEntropyLoss loss = new CrossEntropyLoss(null, null, 1, Reduction.MEAN);
    double first = LossProbe.of(loss, logits, manager.create(new long[] {0})).loss()[0];
    double last = LossProbe.of(loss, logits, manager.create(new long[] {2})).loss()[0];
    assertThat(first).isCloseTo(last, within(1e-12));
  }

  @Test
  void refuses_smoothing_outside_0_to_1() {
    assertThatThrownBy(() -> new CrossEntropyLoss(null, null, 1.1, Reduction.MEAN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("smoothing must be in [0, 1], but is 1.1");
  }
}
