package dev.fovea.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.image.Pixels;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SceneTest {
  private static final int SIZE = 200;
  private static final int GREY = 0x808080;
  private static final int RED = 0xFF0000;

  /** Areas of the forms of radius 1, by hand. */
  private static final Map<Form, Double> AREAS =
      Map.of(
          Form.CIRCLE, Math.PI * 0.9 * 0.9,
          Form.SQUARE, 2 * 1.1 * 1.1,
          Form.TRIANGLE, 3 * Math.sqrt(3) / 4 * 1.2 * 1.2,
          Form.STAR, 10 * 1.2 * 0.5 * Math.sin(Math.PI / 5) / 2,
          Form.RING, Math.PI * (1 - 0.54 * 0.54));

  private final Pixels canvas = new Pixels(SIZE, SIZE);
  private final int[][] mask = new int[SIZE][SIZE];
  private final Scene scene = new Scene(canvas, mask, new Random(1));

  SceneTest() {
    Arrays.fill(canvas.rgb(), (byte) 0x80);
  }

  @ParameterizedTest
  @EnumSource
  void marks_exactly_the_pixels_that_it_paints(Form form) {
    scene.draw(form, solid(RED), 103.3, 96.8, 61, 0.4);
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        int red = canvas.get(x, y) >> 16;
        // Half covered or more: more of the shape's colour than of the background's.
        if (red != 0x80 + 63) {
          assertThat(mask[y][x]).isEqualTo(red > 0x80 + 63 ? form.category : 0);
        }
        if (mask[y][x] == 0 && !touches(x, y)) {
          assertThat(canvas.get(x, y)).isEqualTo(GREY);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void draws_each_form_with_its_area_at_any_angle(Form form) {
    for (double angle : new double[] {0, 0.3, 1, 2.5}) {
      Arrays.stream(mask).forEach(row -> Arrays.fill(row, 0));
      scene.draw(form, solid(RED), 100, 100, 75, angle);
      double area = Arrays.stream(mask).flatMapToInt(Arrays::stream).filter(c -> c > 0).count();
      assertThat(area / 75 / 75).isCloseTo(AREAS.get(form), within(0.01));
    }
  }

  @Test
  void smooths_the_edges_of_the_image_but_not_of_the_mask() {
    scene.draw(Form.CIRCLE, solid(RED), 100, 100, 50, 0);
    long blended = Arrays.stream(colors()).filter(color -> color != GREY && color != RED).count();
    assertThat(blended).isBetween(200L, 500L); // about one pixel along 2 pi 45 = 283 pixels
    assertThat(Arrays.stream(mask).flatMapToInt(Arrays::stream).distinct())
        .containsExactlyInAnyOrder(0, Form.CIRCLE.category);
  }

  @Test
  void lets_later_shapes_hide_earlier_ones_and_the_border_cut_them() {
    scene.draw(Form.SQUARE, solid(RED), 0, 0, 50, 0);
    scene.draw(Form.CIRCLE, solid(0x0000FF), 0, 0, 20, 0);
    assertThat(mask[5][5]).isEqualTo(Form.CIRCLE.category);
    assertThat(canvas.get(5, 5)).isEqualTo(0x0000FF);
    assertThat(mask[1][45]).isEqualTo(Form.SQUARE.category);
    assertThat(canvas.get(45, 1)).isEqualTo(RED);
    assertThat(mask[SIZE - 1][SIZE - 1]).isZero();
  }

  @Test
  void leaves_the_hole_of_a_ring_to_the_background() {
    scene.draw(Form.RING, solid(RED), 100, 100, 60, 0);
    assertThat(mask[100][100]).isZero();
    assertThat(canvas.get(100, 100)).isEqualTo(GREY);
    assertThat(mask[100][146]).isEqualTo(Form.RING.category);
  }

  @Test
  void paints_every_pattern_with_both_of_its_colours_and_blends_of_them() {
    for (Paint.Pattern pattern : Paint.Pattern.values()) {
      Paint paint = new Paint(pattern, 0x000000, RED, 9, 2, 5);
      scene.draw(Form.SQUARE, paint, 100, 100, 60, 0.7);
      int[] reds = new int[256];
      for (int y = 80; y < 120; y++) {
        for (int x = 80; x < 120; x++) {
          assertThat(canvas.get(x, y) & 0xFFFF).isZero();
          reds[canvas.get(x, y) >> 16]++;
        }
      }
      int dark = Arrays.stream(reds, 0, 128).sum();
      assertThat(dark).as(pattern.name()).isBetween(500, 1_100); // of 1,600
    }
  }

  @Test
  void cuts_backdrops_out_of_the_photographs_it_is_given() {
    Pixels photo = new Pixels(300, 240);
    Arrays.fill(photo.rgb(), (byte) 200);
    scene.backdrop(List.of(photo));
    assertThat(Arrays.stream(colors()).distinct()).hasSize(1);
    assertThat(canvas.get(0, 0)).isNotEqualTo(GREY);
  }

  private boolean touches(int x, int y) {
    boolean touches = false;
    for (int dy = -1; dy <= 1; dy++) {
      for (int dx = -1; dx <= 1; dx++) {
        int v = Math.max(0, Math.min(SIZE - 1, y + dy));
        int u = Math.max(0, Math.min(SIZE - 1, x + dx));
        touches |= mask[v][u] != 0;
      }
    }
    return touches;
  }

  private int[] colors() {
    int[] colors = new int[SIZE * SIZE];
    Arrays.setAll(colors, i -> canvas.get(i % SIZE, i / SIZE));
    return colors;
  }

  private static Paint solid(int color) {
    return new Paint(Paint.Pattern.STRIPES, color, color, 8, 0, 0);
  }
}
