package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PixelsTest {
  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_INT_RGB,
        BufferedImage.TYPE_INT_ARGB,
        BufferedImage.TYPE_INT_BGR,
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_4BYTE_ABGR,
        BufferedImage.TYPE_4BYTE_ABGR_PRE
      })
  void are_those_of_a_java_image_of_any_type(int type) {
    Pixels expected = noise(7, 5);
    BufferedImage image = new BufferedImage(7, 5, type);
    for (int i = 0; i < 35; i++) {
      image.setRGB(i % 7, i / 7, 0xFF000000 | expected.get(i % 7, i / 7));
    }
    assertThat(Pixels.of(image).rgb()).isEqualTo(expected.rgb());
    Pixels part = Pixels.of(image.getSubimage(2, 1, 4, 3));
    for (int i = 0; i < 12; i++) {
      assertThat(part.get(i % 4, i / 4)).isEqualTo(expected.get(2 + i % 4, 1 + i / 4));
    }
  }

  @Test
  void are_those_of_a_java_image_with_a_palette() {
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_INDEXED);
    image.setRGB(1, 0, 0xFF33CC99); // a colour of the default palette
    assertThat(Pixels.of(image).get(1, 0)).isEqualTo(0x33CC99);
  }

  @Test
  void come_back_unchanged_from_java_and_djl_images() {
    Pixels pixels = noise(6, 4);
    assertThat(Pixels.of(pixels.toBufferedImage()).rgb()).isEqualTo(pixels.rgb());
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      assertThat(Pixels.of(pixels.toImage(), manager).rgb()).isEqualTo(pixels.rgb());
    }
  }

  @Test
  void are_those_of_a_djl_image_of_another_implementation() {
    Pixels pixels = noise(6, 4);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      Image foreign =
          (Image)
              Proxy.newProxyInstance(
                  Image.class.getClassLoader(),
                  new Class<?>[] {Image.class},
                  (proxy, method, arguments) ->
                      switch (method.getName()) {
                        case "getWrappedImage" -> new Object();
                        case "getWidth" -> 6;
                        case "getHeight" -> 4;
                        case "toNDArray" ->
                            manager.create(
                                ByteBuffer.wrap(pixels.rgb()), new Shape(4, 6, 3), DataType.UINT8);
                        default -> throw new AssertionError(method.getName());
                      });
      assertThat(Pixels.of(foreign, manager).rgb()).isEqualTo(pixels.rgb());
      assertThat(manager.getManagedArrays()).isEmpty();
    }
  }

  @Test
  void are_cropped_to_the_middle_with_halves_rounded_as_python_rounds_them() {
    Pixels pixels = noise(9, 8);
    // (9 - 4) / 2 = 2.5 goes to 2; (8 - 5) / 2 = 1.5 goes to 2.
    Pixels crop = pixels.centerCrop(4, 5);
    for (int i = 0; i < 20; i++) {
      assertThat(crop.get(i % 4, i / 4)).isEqualTo(pixels.get(2 + i % 4, 2 + i / 4));
    }
    assertThatThrownBy(() -> pixels.centerCrop(10, 8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cannot cut 10 x 8 pixels out of 9 x 8 pixels");
  }

  @Test
  void need_as_many_bytes_as_they_have_samples() {
    assertThatThrownBy(() -> new Pixels(2, 2, new byte[11]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 x 2 pixels need 12 bytes, not 11");
    assertThatThrownBy(() -> new Pixels(0, 2))
        .hasMessage("an image of 0 x 2 pixels cannot be held");
    assertThatThrownBy(() -> new Pixels(Integer.MAX_VALUE, Integer.MAX_VALUE))
        .hasMessageEndingWith("pixels cannot be held");
  }

  private static Pixels noise(int width, int height) {
    Pixels pixels = new Pixels(width, height);
    new Random(3).nextBytes(pixels.rgb());
    return pixels;
  }
}
