package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.modality.cv.output.CategoryMask;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverlayTest {
  private static final List<String> CLASSES = List.of("background", "cat", "dog");

  @Test
  void tints_classes_and_leaves_background_and_ignored_pixels_alone() {
    int[][] mask = {
      {0, 1, 1, 1, 0}, {255, 1, 1, 1, 0}, {0, 1, 1, 1, 0},
    };
    BufferedImage got = new Overlay().draw(grey(5, 3), new CategoryMask(CLASSES, mask));
    assertThat(got.getRGB(0, 0)).isEqualTo(0xFF808080);
    assertThat(got.getRGB(0, 1)).isEqualTo(0xFF808080);
    assertThat(got.getRGB(1, 1)).as("a border").isEqualTo(0xFFD55E00);
    // 0.65 of 0xD55E00 and 0.35 of grey 128
    assertThat(got.getRGB(2, 1)).as("inside").isEqualTo(0xFF000000 | 183 << 16 | 106 << 8 | 45);
  }

  @Test
  void gives_every_class_its_own_colour() {
    Overlay overlay = new Overlay();
    assertThat(IntStream.rangeClosed(1, 28).map(overlay::color).distinct()).hasSize(28);
    assertThat(overlay.color(1)).isEqualTo(0xD55E00);
    assertThat(new Overlay(-1).color(0)).isEqualTo(0xD55E00);
    assertThat(new Overlay(2).color(1)).isEqualTo(0x0072B2);
    assertThat(new Overlay(2).color(3)).isEqualTo(0x009E73);
  }

  @Test
  void refuses_a_mask_of_another_size() {
    CategoryMask mask = new CategoryMask(CLASSES, new int[3][4]);
    assertThatThrownBy(() -> new Overlay().draw(grey(5, 3), mask))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a mask of 4 x 3 pixels does not fit an image of 5 x 3 pixels");
  }

  @Test
  void puts_image_truth_and_prediction_side_by_side() {
    CategoryMask truth = new CategoryMask(CLASSES, filled(50, 40, 1));
    CategoryMask prediction = new CategoryMask(CLASSES, filled(50, 40, 2));
    BufferedImage sheet =
        new SegmentationSheet()
            .draw(List.of(new SegmentationSheet.Row(grey(50, 40), List.of(truth, prediction))));
    // 50 x 40 pixels are drawn five times as large; 16 pixels between the columns.
    assertThat(sheet.getWidth()).isEqualTo(16 + 3 * (250 + 16));
    int y = 16 + 24 + 8 + 100;
    assertThat(sheet.getRGB(16 + 125, y)).isEqualTo(0xFF808080);
    assertThat(sheet.getRGB(16 + 266 + 125, y))
        .isEqualTo(new Overlay().draw(grey(50, 40), truth).getRGB(20, 20));
    assertThat(sheet.getRGB(16 + 2 * 266 + 125, y))
        .isEqualTo(new Overlay().draw(grey(50, 40), prediction).getRGB(20, 20));
    // The legend has one line.
    assertThat(sheet.getHeight()).isEqualTo(16 + 24 + 200 + 16 + 24 + 16);
  }

  @Test
  void shrinks_what_is_larger_than_a_tile() {
    SegmentationSheet sheet = new SegmentationSheet(new Overlay(), List.of("Image"), 100);
    BufferedImage got = sheet.draw(List.of(new SegmentationSheet.Row(grey(400, 300), List.of())));
    assertThat(got.getWidth()).isEqualTo(16 + 100 + 16);
    assertThat(got.getHeight()).isEqualTo(16 + 24 + 75 + 16 + 16);
  }

  @Test
  void refuses_rows_that_do_not_fit_the_titles() {
    assertThatThrownBy(
            () ->
                new SegmentationSheet()
                    .draw(List.of(new SegmentationSheet.Row(grey(2, 2), List.of()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("0 masks do not fit the titles [Image, Ground truth, Prediction]");
    assertThatThrownBy(() -> new SegmentationSheet().draw(List.of()))
        .hasMessage("a sheet needs at least one row");
  }

  @Test
  void writes_a_png_and_nothing_else(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("sheet.png");
    Files.writeString(file, "what was there before");
    SegmentationSheet.write(grey(3, 2).toBufferedImage(), file);
    assertThat(ImageDecoder.DEFAULT.decode(file).rgb()).isEqualTo(grey(3, 2).rgb());
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
    assertThatThrownBy(
            () -> SegmentationSheet.write(grey(3, 2).toBufferedImage(), folder.resolve("no/a.png")))
        .isInstanceOf(NoSuchFileException.class);
  }

  private static int[][] filled(int width, int height, int category) {
    int[][] mask = new int[height][width];
    for (int[] row : mask) {
      Arrays.fill(row, category);
    }
    return mask;
  }

  private static Pixels grey(int width, int height) {
    Pixels pixels = new Pixels(width, height);
    Arrays.fill(pixels.rgb(), (byte) 0x80);
    return pixels;
  }
}
