package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.pooling.Pool;
import ai.djl.translate.TranslateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class SegmentationTranslatorTest {
  private static final List<String> CLASSES = List.of("red", "green", "blue");

  @Test
  void gives_the_mask_the_size_of_the_image_and_the_values_of_bilinear_enlargement()
      throws TranslateException {
    Pixels image = noise(97, 131, 1);
    CategoryMask got =
        predict(fixed(64, 48), SegmentationTranslatorTest::colours, List.of(image)).get(0);
    assertThat(got.getClasses()).isEqualTo(CLASSES);
    assertEqual(got.getMask(), reference(Resample.BILINEAR.resize(image, 64, 48), 97, 131));
  }

  @Test
  void keeps_the_size_of_the_image_if_none_is_set() throws TranslateException {
    Pixels image = noise(52, 40, 2);
    SegmentationTranslator translator =
        SegmentationTranslator.builder(CLASSES).optNormalize(Normalize.UNIT).build();
    List<Pixels> images = List.of(image, noise(36, 28, 3));
    List<CategoryMask> got = predict(translator, SegmentationTranslatorTest::colours, images);
    assertEqual(got.get(0).getMask(), reference(image, 52, 40));
    assertEqual(got.get(1).getMask(), reference(images.get(1), 36, 28));
  }

  @Test
  void predicts_a_batch_of_images_of_different_sizes_as_it_predicts_each_alone()
      throws TranslateException {
    List<Pixels> images = List.of(noise(97, 131, 4), noise(64, 48, 5), noise(10, 200, 6));
    List<CategoryMask> batch = predict(fixed(64, 48), SegmentationTranslatorTest::colours, images);
    assertThat(batch).hasSize(3);
    for (int i = 0; i < 3; i++) {
      Pixels image = images.get(i);
      int[][] alone =
          predict(fixed(64, 48), SegmentationTranslatorTest::colours, List.of(image))
              .get(0)
              .getMask();
      assertThat(batch.get(i).getMask()).isDeepEqualTo(alone);
      Pixels input = Resample.BILINEAR.resize(image, 64, 48);
      assertEqual(alone, reference(input, image.width(), image.height()));
    }
  }

  @Test
  void hands_the_network_resized_and_normalized_pixels() throws TranslateException {
    Pixels image = noise(30, 20, 7);
    float[] expected = Normalize.IMAGENET.toFloats(Resample.BICUBIC.resize(image, 8, 12));
    List<float[]> seen = new ArrayList<>();
    SegmentationTranslator translator =
        SegmentationTranslator.builder(CLASSES)
            .setImageSize(8, 12)
            .optInterpolation(Resample.BICUBIC)
            .build();
    predict(
        translator,
        x -> {
          assertThat(x.head().getShape()).isEqualTo(new Shape(1, 3, 12, 8));
          seen.add(x.head().toFloatArray());
          return x;
        },
        List.of(image));
    assertThat(seen).hasSize(1);
    assertThat(seen.get(0)).containsExactly(expected);
  }

  @Test
  void leaves_nothing_behind_on_the_models_memory() throws TranslateException {
    try (Model model = model(SegmentationTranslatorTest::colours);
        Predictor<Image, CategoryMask> predictor = model.newPredictor(fixed(32, 32))) {
      predictor.predict(noise(40, 30, 8).toImage());
      int before = model.getNDManager().getManagedArrays().size();
      predictor.predict(noise(40, 30, 9).toImage());
      assertThat(model.getNDManager().getManagedArrays()).hasSize(before);
    }
  }

  @Test
  void refuses_a_model_with_another_number_of_classes() {
    SegmentationTranslator translator =
        SegmentationTranslator.builder(List.of("a", "b")).setImageSize(8, 8).build();
    assertThatThrownBy(
            () -> predict(translator, SegmentationTranslatorTest::colours, List.of(noise(8, 8, 1))))
        .isInstanceOf(TranslateException.class)
        .hasMessageContaining("the shape (3, 2, 2), which is not one score map (2, h, w)")
        .hasMessageContaining("[a, b]");
  }

  @Test
  void refuses_sizes_and_class_lists_that_mean_nothing() {
    assertThatThrownBy(() -> SegmentationTranslator.builder(List.of()))
        .hasMessage("classes must not be empty");
    assertThatThrownBy(() -> SegmentationTranslator.builder(CLASSES).setImageSize(0, 5))
        .hasMessage("the image size must be at least 1 x 1, not 0 x 5");
  }

  /** Scores at a quarter of the input's size: how red, green and blue the place is. */
  private static NDList colours(NDList x) {
    Shape four = new Shape(4, 4);
    return new NDList(Pool.avgPool2d(x.head(), four, four, new Shape(0, 0), false, true));
  }

  private static SegmentationTranslator fixed(int width, int height) {
    return SegmentationTranslator.builder(CLASSES)
        .setImageSize(width, height)
        .optNormalize(Normalize.UNIT)
        .build();
  }

  private static Model model(Function<NDList, NDList> function) {
    Model model = Model.newInstance("fake", "PyTorch");
    model.setBlock(new LambdaBlock(function, "fake"));
    return model;
  }

  private static List<CategoryMask> predict(
      SegmentationTranslator translator, Function<NDList, NDList> function, List<Pixels> in)
      throws TranslateException {
    try (Model model = model(function);
        Predictor<Image, CategoryMask> predictor = model.newPredictor(translator)) {
      return predictor.batchPredict(in.stream().map(Pixels::toImage).toList());
    }
  }

  /** Independent of the code under test: double precision, one pixel at a time. */
  private static double[][][] reference(Pixels input, int width, int height) {
    int w = input.width() / 4;
    int h = input.height() / 4;
    double[][][] scores = new double[3][h][w];
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < 4 * h; y++) {
        for (int x = 0; x < 4 * w; x++) {
          int value = input.get(x, y) >> (16 - 8 * c) & 0xFF;
          scores[c][y / 4][x / 4] += value / 255.0 / 16;
        }
      }
    }
    double[][][] large = new double[3][height][width];
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          double v = Math.max(0, Math.min(h - 1, (y + 0.5) * h / height - 0.5));
          double u = Math.max(0, Math.min(w - 1, (x + 0.5) * w / width - 0.5));
          for (int j = 0; j < h; j++) {
            for (int i = 0; i < w; i++) {
              double weight = Math.max(0, 1 - Math.abs(v - j)) * Math.max(0, 1 - Math.abs(u - i));
              large[c][y][x] += weight * scores[c][j][i];
            }
          }
        }
      }
    }
    return large;
  }

  /** Every pixel has the class of the highest score; single precision decides between equals. */
  private static void assertEqual(int[][] mask, double[][][] scores) {
    assertThat(mask).hasDimensions(scores[0].length, scores[0][0].length);
    int equals = 0;
    for (int y = 0; y < mask.length; y++) {
      for (int x = 0; x < mask[y].length; x++) {
        double best = Double.NEGATIVE_INFINITY;
        int argmax = 0;
        for (int c = 0; c < scores.length; c++) {
          if (scores[c][y][x] > best) {
            best = scores[c][y][x];
            argmax = c;
          }
        }
        if (mask[y][x] != argmax) {
          assertThat(best - scores[mask[y][x]][y][x]).isLessThan(1e-6);
          equals++;
        }
      }
    }
    assertThat(equals).isLessThanOrEqualTo(2);
  }

  private static Pixels noise(int width, int height, long seed) {
    Pixels pixels = new Pixels(width, height);
    new Random(seed).nextBytes(pixels.rgb());
    return pixels;
  }
}
