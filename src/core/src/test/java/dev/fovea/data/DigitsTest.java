package dev.fovea.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset.Usage;
import ai.djl.training.dataset.Record;
import ai.djl.translate.TranslateException;
import dev.fovea.image.Normalize;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DigitsTest {

  private static Digits.Builder digits() {
    return Digits.builder().setSampling(64, false);
  }

  @Test
  void splits_the_images_as_is_usual() throws IOException {
    Digits train = digits().build();
    Digits test = digits().optUsage(Usage.TEST).build();
    assertThat(train.size()).isEqualTo(1_437);
    assertThat(test.size()).isEqualTo(360);
    assertThat(Arrays.stream(train.counts())).allMatch(count -> count > 130 && count < 160);
    assertThat(first(train, 10)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @Test
  void shows_what_was_written() throws IOException {
    Digits.Sample zero = digits().build().sample(0);
    assertThat(zero.digit()).isZero();
    assertThat(zero.image().get(0, 0)).isZero();
    assertThat(zero.image().get(2, 0)).isEqualTo(0x505050); // 5 of 16
    assertThat(zero.image().get(3, 1)).isEqualTo(0xEFEFEF); // 15 of 16
  }

  @Test
  void gives_an_enlarged_image_and_its_digit() throws IOException {
    Digits digits = digits().optSize(24).build();
    try (NDManager manager = NDManager.newBaseManager()) {
      Record record = digits.get(manager, 7);
      NDArray image = record.getData().head();
      assertThat(image.getShape()).isEqualTo(new Shape(3, 24, 24));
      assertThat(image.getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(image.min().getFloat()).isEqualTo(-1);
      assertThat(image.max().getFloat()).isEqualTo(1); // three times as large, so no pixel is lost
      assertThat(record.getLabels().head().getShape()).isEqualTo(new Shape());
      assertThat(record.getLabels().head().getLong()).isEqualTo(7);
      NDArray unit = digits().optNormalize(Normalize.UNIT).build().get(manager, 7).getData().head();
      assertThat(unit.min().getFloat()).isZero();
    }
  }

  @Test
  void gives_batches() throws IOException, TranslateException {
    try (NDManager manager = NDManager.newBaseManager();
        Batch batch = digits().build().getData(manager).iterator().next()) {
      assertThat(batch.getData().head().getShape()).isEqualTo(new Shape(64, 3, 32, 32));
      assertThat(batch.getLabels().head().getShape()).isEqualTo(new Shape(64));
    }
  }

  @Test
  void keeps_one_in_fifty_of_the_rare_digits() throws IOException {
    long[] all = digits().build().counts();
    Digits skewed = digits().optRare(50, 1, 3, 8).build();
    long[] kept = skewed.counts();
    for (int digit = 0; digit < 10; digit++) {
      boolean rare = digit == 3 || digit == 8;
      // those numbered 1, 51, 101
      assertThat(kept[digit]).isEqualTo(rare ? 3 : all[digit]);
    }
    assertThat(skewed.size()).isEqualTo(Arrays.stream(kept).sum());
  }

  @Test
  void keeps_other_images_from_another_first_one() throws IOException {
    Digits.Sample one = firstThree(digits().optRare(50, 0, 3).build());
    Digits.Sample other = firstThree(digits().optRare(50, 1, 3).build());
    assertThat(one.image().rgb()).isNotEqualTo(other.image().rgb());
  }

  @Test
  void refuses_what_it_cannot_give() throws IOException {
    Digits digits = digits().build();
    assertThatThrownBy(() -> digits.sample(1_437))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("1437 of 1437");
    assertThatThrownBy(() -> digits().optSize(7)).hasMessageContaining("not 7");
    assertThatThrownBy(() -> digits().optRare(0, 0, 3)).hasMessageContaining("not 0 and 0");
    assertThatThrownBy(() -> digits().optRare(50, 50, 3)).hasMessageContaining("not 50 and 50");
    assertThatThrownBy(() -> digits().optRare(50, 0, 10)).hasMessageContaining("not 10");
  }

  private static List<Integer> first(Digits digits, int count) {
    return IntStream.range(0, count).mapToObj(i -> digits.sample(i).digit()).toList();
  }

  private static Digits.Sample firstThree(Digits digits) {
    return IntStream.range(0, 100)
        .mapToObj(digits::sample)
        .filter(sample -> sample.digit() == 3)
        .findFirst()
        .orElseThrow();
  }
}
