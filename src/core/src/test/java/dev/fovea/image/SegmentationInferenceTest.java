package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against PyTorch and Pillow; src/test/python/sliding_window.py wrote the values. */
class SegmentationInferenceTest {
  private static final int HEIGHT = 50;
  private static final int WIDTH = 70;
  private static final int CLASSES = 5;
  private static final SegmentationInference WHOLE =
      SegmentationInference.WHOLE.withNormalize(Normalize.UNIT);

  private final Set<Shape> seen = new HashSet<>();

  @ParameterizedTest
  @CsvSource({
    "whole, 0, 0, 1, false",
    "window, 32, 24, 1, false",
    "large_window, 64, 48, 1, false",
    "scales_flip, 0, 0, 0.5 1 1.5, true",
    "all, 32, 20, 0.75 1.25, true"
  })
  void probabilities_are_those_of_the_reference(
      String name, int window, int stride, String scales, boolean flip) throws Exception {
    SegmentationInference inference =
        WHOLE
            .withWindow(window, stride)
            .withScales(Arrays.stream(scales.split(" ")).map(Double::valueOf).toList())
            .withFlip(flip);

    float[] got = probabilities(inference, image());

    String line =
        Files.readAllLines(Path.of("src/test/resources/image/sliding_window.txt")).stream()
            .filter(each -> each.startsWith(name + " "))
            .findFirst()
            .orElseThrow();
    String[] expected = line.substring(name.length() + 1).split(" ");
    assertThat(expected).hasSize((got.length + 36) / 37);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) got[37 * i]).isCloseTo(Double.parseDouble(expected[i]), within(2e-6));
    }
  }

  @Test
  void windows_of_a_large_image_have_one_shape() throws TranslateException {
    probabilities(WHOLE.withWindow(32, 24), image());
    assertThat(seen).containsExactly(new Shape(1, 3, 32, 32));
  }

  @Test
  void the_mask_has_the_most_probable_class_of_each_pixel() throws TranslateException {
    SegmentationInference inference = WHOLE.withWindow(32, 24).withFlip(true);
    float[] shares = probabilities(inference, image());
    List<String> names = List.of("a", "b", "c", "d", "e");

    CategoryMask mask = run(predictor -> inference.predict(predictor, image(), names));

    assertThat(mask.getClasses()).isEqualTo(names);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        float best = shares[mask.getMask()[y][x] * HEIGHT * WIDTH + y * WIDTH + x];
        for (int c = 0; c < CLASSES; c++) {
          assertThat(shares[c * HEIGHT * WIDTH + y * WIDTH + x]).isLessThanOrEqualTo(best);
        }
      }
    }
  }

  @Test
  void another_number_of_classes_is_refused() {
    assertThatThrownBy(() -> run(p -> WHOLE.predict(p, image(), List.of("a", "b"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not (1, 2, h, w)");
  }

  @Test
  void gaps_between_windows_and_scales_of_0_are_refused() {
    assertThatThrownBy(() -> WHOLE.withWindow(32, 33)).hasMessageContainingAll("32", "33");
    assertThatThrownBy(() -> WHOLE.withWindow(32, 0)).hasMessageContaining("stride");
    assertThatThrownBy(() -> WHOLE.withScales(List.of(1.0, 0.0))).hasMessageContaining("scales");
    assertThatThrownBy(() -> WHOLE.withScales(List.of())).hasMessageContaining("scales");
  }

  private float[] probabilities(SegmentationInference inference, Pixels image)
      throws TranslateException {
    return run(predictor -> inference.probabilities(predictor, image, CLASSES));
  }

  private interface Use<R> {
    R with(Predictor<NDList, NDList> predictor) throws TranslateException;
  }

  /** A network of one convolution, 4 x 4 with stride 4. */
  private <R> R run(Use<R> use) throws TranslateException {
    float[] weight = new float[CLASSES * 3 * 4 * 4];
    for (int at = 0; at < weight.length; at++) {
      int sum = at / 48 * 31 + at / 16 % 3 * 17 + at / 4 % 4 * 7 + at % 4 * 3;
      weight[at] = (sum % 13 - 6) / 6f;
    }
    try (NDManager manager = NDManager.newBaseManager();
        Model model = Model.newInstance("one convolution")) {
      NDArray w = manager.create(weight, new Shape(CLASSES, 3, 4, 4));
      NDArray bias = manager.create(new float[] {-0.25f, -0.125f, 0, 0.125f, 0.25f});
      model.setBlock(
          new LambdaBlock(
              list -> {
                seen.add(list.head().getShape());
                return Conv2d.conv2d(list.head(), w, bias, new Shape(4, 4));
              }));
      try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
        return use.with(predictor);
      }
    }
  }

  private static Pixels image() {
    Pixels image = new Pixels(WIDTH, HEIGHT);
    for (int at = 0; at < image.rgb().length; at++) {
      int x = at / 3 % WIDTH;
      int y = at / 3 / WIDTH;
      image.rgb()[at] = (byte) (x * 7 + y * 13 + at % 3 * 29 + x * y % 17 * 3);
    }
    return image;
  }
}
