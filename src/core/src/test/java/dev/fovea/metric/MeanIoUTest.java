package dev.fovea.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class MeanIoUTest {
  /** Means depend on the order of their sum in the last digit. */
  private static final Offset<Double> LAST_DIGIT = Offset.offset(Math.ulp(0.5));

  @Test
  void equals_the_golden_case() throws IOException {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDList inputs = golden(manager, "inputs");
      NDList expected = golden(manager, "expected");
      MeanIoU metric = new MeanIoU(5);
      metric.add(inputs.get("labels"), inputs.get("predicted"));
      MeanIoU.Result result = metric.result();

      long[] confusion = expected.get("confusion").toLongArray();
      for (int i = 0; i < 25; i++) {
        assertThat(result.confusion().get(i / 5).get(i % 5)).isEqualTo(confusion[i]);
      }
      assertThat(result.iou())
          .containsExactly(
              Arrays.stream(expected.get("iou").toDoubleArray()).boxed().toArray(Double[]::new));
      assertThat(result.meanIou()).isCloseTo(scalar(expected, "mean_iou"), LAST_DIGIT);
      assertThat(result.pixelAccuracy()).isCloseTo(scalar(expected, "pixel_accuracy"), LAST_DIGIT);
      assertThat(result.meanAccuracy()).isCloseTo(scalar(expected, "mean_accuracy"), LAST_DIGIT);
    }
  }

  @Test
  void takes_arrays_of_every_integer_type_and_image_by_image() throws IOException {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDList inputs = golden(manager, "inputs");
      MeanIoU whole = new MeanIoU(5);
      whole.add(inputs.get("labels"), inputs.get("predicted"));
      MeanIoU parts = new MeanIoU(5);
      for (int i = 0; i < 3; i++) {
        DataType type = i == 0 ? DataType.UINT8 : i == 1 ? DataType.INT32 : DataType.INT64;
        NDArray labels = inputs.get("labels").get(i).toType(type, false);
        NDArray predicted = inputs.get("predicted").get(i).toType(type, false);
        parts.add(labels, predicted);
      }
      assertThat(parts.result()).isEqualTo(whole.result());
    }
  }

  @Test
  void counts_by_hand() {
    MeanIoU metric = new MeanIoU(4);
    // Class 3 occurs nowhere; class 2 is predicted once, but never labelled.
    metric.add(new int[][] {{0, 0, 1}, {1, 1, 255}}, new int[][] {{0, 1, 1}, {1, 2, 3}});
    MeanIoU.Result result = metric.result();
    assertThat(result.iou()).containsExactly(1 / 2.0, 2 / 4.0, 0.0, Double.NaN);
    assertThat(result.meanIou()).isEqualTo((0.5 + 0.5 + 0) / 3);
    assertThat(result.pixelAccuracy()).isEqualTo(3 / 5.0);
    assertThat(result.meanAccuracy()).isEqualTo((1 / 2.0 + 2 / 3.0) / 2);
  }

  @Test
  void weighs_pixels_and_not_images() {
    MeanIoU metric = new MeanIoU(2);
    metric.add(new int[] {0}, new int[] {0});
    metric.add(new int[] {0, 0, 0}, new int[] {1, 1, 1});
    assertThat(metric.result().iou().get(0)).isEqualTo(0.25);
  }

  @Test
  void is_not_a_number_before_the_first_pixel_and_after_a_reset() {
    MeanIoU metric = new MeanIoU(3);
    assertThat(metric.result().meanIou()).isNaN();
    metric.add(new int[] {0}, new int[] {0});
    assertThat(metric.result().meanIou()).isEqualTo(1);
    metric.reset();
    assertThat(metric.result().meanIou()).isNaN();
    assertThat(metric.result().pixelAccuracy()).isNaN();
  }

  @Test
  void ignores_the_label_that_it_is_told_to_ignore() {
    MeanIoU metric = new MeanIoU(2, -1);
    metric.add(new int[] {0, -1}, new int[] {0, 77});
    assertThat(metric.result().pixelAccuracy()).isEqualTo(1);
    assertThatThrownBy(() -> metric.add(new int[] {255}, new int[] {0}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("label 255 at position 0 is neither one of 2 classes nor the ignored -1");
  }

  @Test
  void counts_nothing_of_what_it_refuses() {
    MeanIoU metric = new MeanIoU(2);
    assertThatThrownBy(() -> metric.add(new int[] {0, 1}, new int[] {0, 2}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("prediction 2 at position 1 is not one of 2 classes");
    assertThatThrownBy(() -> metric.add(new int[] {0, 1}, new int[] {0}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 labels, but 1 predictions");
    assertThatThrownBy(() -> metric.add(new int[1][1], new int[2][1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("labels have 1 rows, predictions 2");
    assertThat(metric.result().pixelAccuracy()).isNaN();
  }

  @Test
  void refuses_logits_in_place_of_classes() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray labels = manager.create(new int[] {0});
      NDArray logits = manager.create(new float[] {0.5f});
      assertThatThrownBy(() -> new MeanIoU(2).add(labels, logits))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("predictions must be int32, int64 or uint8");
    }
  }

  private static double scalar(NDList list, String name) {
    return list.get(name).toDoubleArray()[0];
  }

  private static NDList golden(NDManager manager, String name) throws IOException {
    String path = "/golden/metrics/segmentation/" + name + ".safetensors";
    try (InputStream in = MeanIoUTest.class.getResourceAsStream(path)) {
      return NDList.decode(manager, Objects.requireNonNull(in, path));
    }
  }
}
