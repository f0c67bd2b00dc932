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
import dev.fovea.data.Shapes.Sample;
import dev.fovea.data.Shapes.Variant;
import dev.fovea.image.Normalize;
import dev.fovea.image.Pixels;
import java.awt.Color;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShapesTest {
  @Test
  void gives_the_same_bits_for_the_same_seed_in_any_order_and_from_any_thread() throws IOException {
    Shapes one = shapes().build();
    Shapes other = shapes().build();
    List<Sample> forwards = IntStream.range(0, 40).mapToObj(one::sample).toList();
    List<Sample> parallel =
        IntStream.range(0, 40).parallel().mapToObj(i -> other.sample(39 - i)).toList();
    for (int i = 0; i < 40; i++) {
      assertSame(parallel.get(39 - i), forwards.get(i));
    }
  }

  @Test
  void gives_other_samples_for_another_seed_usage_or_variant_or_index() throws IOException {
    Set<Long> seen = new HashSet<>();
    List<Shapes.Builder> builders =
        List.of(
            shapes(),
            shapes().optSeed(1),
            shapes().optSeed(-1),
            shapes().optUsage(Usage.TEST),
            shapes().optUsage(Usage.VALIDATION),
            shapes().optVariant(Variant.HARD));
    for (Shapes.Builder builder : builders) {
      Shapes shapes = builder.build();
      seen.add(checksum(shapes.sample(0).mask().getMask()));
      seen.add(checksum(shapes.sample(1).mask().getMask()));
    }
    assertThat(seen).hasSize(2 * builders.size());
  }

  @Test
  void begins_a_longer_data_set_with_the_samples_of_a_shorter_one() throws IOException {
    assertSame(shapes().optCount(5_000_000_000L).build().sample(7), shapes().build().sample(7));
  }

  @Test
  void keeps_its_masks_from_release_to_release() throws IOException {
    // Numbers that were published for a seed must stay reproducible.
    Shapes plain = shapes().build();
    Shapes hard = shapes().optVariant(Variant.HARD).optUsage(Usage.TEST).optSize(64).build();
    CRC32 crc = new CRC32();
    for (int i = 0; i < 20; i++) {
      update(crc, plain.sample(i).mask().getMask());
      update(crc, hard.sample(i).mask().getMask());
    }
    assertThat(crc.getValue()).isEqualTo(3_471_410_695L);
  }

  @Test
  void draws_training_and_held_out_samples_on_different_photographs() {
    Set<String> photographs = new HashSet<>(Shapes.photographs(Usage.TRAIN));
    assertThat(photographs).hasSize(3);
    assertThat(Shapes.photographs(Usage.TEST)).doesNotContainAnyElementsOf(photographs);
    assertThat(Shapes.photographs(Usage.VALIDATION)).isEqualTo(Shapes.photographs(Usage.TEST));
  }

  @ParameterizedTest
  @EnumSource
  void shows_every_class_about_equally_often(Variant variant) throws IOException {
    Shapes shapes = shapes().optVariant(variant).optCount(300).build();
    int[] samples = new int[Shapes.NUM_CLASSES];
    for (int i = 0; i < 300; i++) {
      boolean[] occurs = new boolean[Shapes.NUM_CLASSES];
      for (int[] row : shapes.sample(i).mask().getMask()) {
        for (int category : row) {
          occurs[category] = true;
        }
      }
      for (int c = 0; c < occurs.length; c++) {
        samples[c] += occurs[c] ? 1 : 0;
      }
    }
    assertThat(samples[0]).isEqualTo(300);
    // 3.5 shapes of 5 classes: a class is in 1 - mean of 0.8^n = 53 % of the samples.
    for (int c = 1; c < Shapes.NUM_CLASSES; c++) {
      assertThat(samples[c]).as(Shapes.CLASSES.get(c)).isBetween(120, 190);
    }
  }

  @Test
  void colours_a_plain_shape_by_its_class_and_a_hard_one_by_chance() throws IOException {
    assertThat(shareOfRightHues(Variant.PLAIN)).isGreaterThan(0.99);
    assertThat(shareOfRightHues(Variant.HARD)).isLessThan(0.35);
  }

  @Test
  void hands_out_normalized_images_and_masks_of_class_numbers() throws IOException {
    Shapes shapes = shapes().build();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      Record record = shapes.get(manager, 3);
      Sample sample = shapes.sample(3);
      NDArray image = record.getData().singletonOrThrow();
      NDArray label = record.getLabels().singletonOrThrow();
      assertThat(image.getShape()).isEqualTo(new Shape(3, 96, 96));
      assertThat(image.toFloatArray()).containsExactly(Normalize.IMAGENET.toFloats(sample.image()));
      assertThat(label.getShape()).isEqualTo(new Shape(96, 96));
      assertThat(label.getDataType()).isEqualTo(DataType.INT64);
      int[] flat = Arrays.stream(sample.mask().getMask()).flatMapToInt(Arrays::stream).toArray();
      assertThat(label.toType(DataType.INT32, false).toIntArray()).containsExactly(flat);
      assertThat(sample.mask().getClasses()).isEqualTo(Shapes.CLASSES);
    }
  }

  @Test
  void makes_batches_like_any_data_set_of_djl() throws IOException, TranslateException {
    Shapes shapes =
        Shapes.builder()
            .setSampling(4, true)
            .optSize(32)
            .optCount(10)
            .optNormalize(Normalize.UNIT)
            .build();
    int images = 0;
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      for (Batch batch : shapes.getData(manager)) {
        try (batch) {
          long n = batch.getSize();
          NDArray data = batch.getData().head();
          assertThat(data.getShape()).isEqualTo(new Shape(n, 3, 32, 32));
          assertThat(data.min().getFloat()).isBetween(0f, 0.3f);
          assertThat(data.max().getFloat()).isBetween(0.7f, 1f);
          assertThat(batch.getLabels().head().getShape()).isEqualTo(new Shape(n, 32, 32));
          images += (int) n;
        }
      }
    }
    assertThat(images).isEqualTo(10);
    assertThat(shapes.size()).isEqualTo(10);
  }

  @Test
  void draws_at_every_size_it_allows() throws IOException {
    for (int size : new int[] {16, 97, 700}) {
      Sample sample = shapes().optSize(size).build().sample(0);
      assertThat(sample.image().width()).isEqualTo(size);
      assertThat(sample.mask().getMask()).hasDimensions(size, size);
    }
  }

  @Test
  void refuses_sizes_counts_and_indices_out_of_range() throws IOException {
    assertThatThrownBy(() -> shapes().optSize(15)).hasMessage("size must be 16 to 4096, not 15");
    assertThatThrownBy(() -> shapes().optCount(0)).hasMessage("count must be at least 1, not 0");
    Shapes shapes = shapes().build();
    assertThatThrownBy(() -> shapes.sample(1_000))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("sample 1000 of 1000");
    assertThatThrownBy(() -> shapes.sample(-1)).hasMessage("sample -1 of 1000");
  }

  /** Of the pixels inside shapes, how many have the hue that is nearest to their class's. */
  private static double shareOfRightHues(Variant variant) throws IOException {
    Shapes shapes = shapes().optVariant(variant).build();
    int right = 0;
    int all = 0;
    for (int i = 0; i < 50; i++) {
      int[][] mask = shapes.sample(i).mask().getMask();
      Pixels image = shapes.sample(i).image();
      for (int y = 1; y < 95; y++) {
        for (int x = 1; x < 95; x++) {
          if (isInside(mask, x, y)) {
            all++;
            right += nearest(image.get(x, y)) == mask[y][x] ? 1 : 0;
          }
        }
      }
    }
    assertThat(all).isGreaterThan(10_000);
    return (double) right / all;
  }

  private static boolean isInside(int[][] mask, int x, int y) {
    int category = mask[y][x];
    boolean same = category != 0;
    for (int dy = -1; dy <= 1; dy++) {
      for (int dx = -1; dx <= 1; dx++) {
        same &= mask[y + dy][x + dx] == category;
      }
    }
    return same;
  }

  private static int nearest(int rgb) {
    double hue = 360 * Color.RGBtoHSB(rgb >> 16, rgb >> 8 & 0xFF, rgb & 0xFF, null)[0];
    Form best = Form.CIRCLE;
    for (Form form : Form.values()) {
      if (turn(hue, form.hue) < turn(hue, best.hue)) {
        best = form;
      }
    }
    return best.category;
  }

  private static double turn(double a, double b) {
    double d = Math.abs(a - b) % 360;
    return Math.min(d, 360 - d);
  }

  private static Shapes.Builder shapes() {
    return Shapes.builder().setSampling(1, false);
  }

  private static void assertSame(Sample got, Sample expected) {
    assertThat(got.image().rgb()).isEqualTo(expected.image().rgb());
    assertThat(got.mask().getMask()).isDeepEqualTo(expected.mask().getMask());
  }

  private static long checksum(int[][] mask) {
    CRC32 crc = new CRC32();
    update(crc, mask);
    return crc.getValue();
  }

  private static void update(CRC32 crc, int[][] mask) {
    for (int[] row : mask) {
      ByteBuffer bytes = ByteBuffer.allocate(4 * row.length);
      bytes.asIntBuffer().put(row);
      crc.update(bytes.array());
    }
  }
}
