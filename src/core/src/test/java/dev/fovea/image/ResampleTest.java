package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Objects;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResampleTest {
  @Test
  void equals_pillow_in_every_bit_of_the_golden_case() throws IOException {
    Pixels image = portrait();
    int cases = 0;
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      for (NDArray expected : golden(manager)) {
        String[] name = expected.getName().split("_", -1);
        if (name[0].equals("eval")) {
          continue;
        }
        Resample filter = Resample.valueOf(name[0].toUpperCase(Locale.ROOT));
        String[] size = name[1].split("x", -1);
        Pixels got = filter.resize(image, Integer.parseInt(size[0]), Integer.parseInt(size[1]));
        assertThat(got.rgb()).as(expected.getName()).isEqualTo(expected.toByteArray());
        cases++;
      }
    }
    assertThat(cases).isEqualTo(12);
  }

  @Test
  void equals_torchvisions_evaluation_transform() throws IOException {
    int cases = 0;
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      for (NDArray expected : golden(manager)) {
        String[] name = expected.getName().split("_", -1);
        if (!name[0].equals("eval")) {
          continue;
        }
        Resample filter = Resample.valueOf(name[1].toUpperCase(Locale.ROOT));
        int crop = Integer.parseInt(name[3]);
        Pixels pixels =
            filter.resizeShort(portrait(), Integer.parseInt(name[2])).centerCrop(crop, crop);
        NDArray got = Normalize.IMAGENET.toArray(pixels, manager);
        assertThat(got.getShape()).isEqualTo(expected.getShape());
        assertThat(got.toFloatArray())
            .as(expected.getName())
            .containsExactly(expected.toFloatArray());
        cases++;
      }
    }
    assertThat(cases).isEqualTo(2);
  }

  /**
   * The checksums were computed with Pillow 13.0.0, from the portrait: {@code
   * zlib.crc32(Image.open("image.png").resize((w, h), Image.Resampling.FILTER).tobytes())}.
   */
  @ParameterizedTest
  @CsvSource({
    "NEAREST, 1, 1, 734264130",
    "NEAREST, 17, 160, 19088653",
    "NEAREST, 180, 33, 2158211378",
    "NEAREST, 59, 61, 3167934524",
    "NEAREST, 181, 159, 2971765184",
    "NEAREST, 1000, 3, 2211036846",
    "NEAREST, 7, 700, 2997772818",
    "NEAREST, 333, 777, 3811608997",
    "BOX, 1, 1, 1742641780",
    "BOX, 17, 160, 2550454169",
    "BOX, 180, 33, 2041251204",
    "BOX, 59, 61, 2260466697",
    "BOX, 181, 159, 917089509",
    "BOX, 1000, 3, 3005937888",
    "BOX, 7, 700, 1326695462",
    "BOX, 333, 777, 1302901478",
    "BILINEAR, 1, 1, 2485312110",
    "BILINEAR, 17, 160, 1226787129",
    "BILINEAR, 180, 33, 1324187721",
    "BILINEAR, 59, 61, 3337357227",
    "BILINEAR, 181, 159, 3217712546",
    "BILINEAR, 1000, 3, 2679865505",
    "BILINEAR, 7, 700, 3700946460",
    "BILINEAR, 333, 777, 1603161807",
    "BICUBIC, 1, 1, 2523161655",
    "BICUBIC, 17, 160, 2651706341",
    "BICUBIC, 180, 33, 1744994457",
    "BICUBIC, 59, 61, 4023236313",
    "BICUBIC, 181, 159, 1758476675",
    "BICUBIC, 1000, 3, 120651978",
    "BICUBIC, 7, 700, 943898388",
    "BICUBIC, 333, 777, 4089091757",
    "LANCZOS, 1, 1, 2407486838",
    "LANCZOS, 17, 160, 3600798556",
    "LANCZOS, 180, 33, 4091592905",
    "LANCZOS, 59, 61, 152656876",
    "LANCZOS, 181, 159, 2735098254",
    "LANCZOS, 1000, 3, 1053159018",
    "LANCZOS, 7, 700, 255546716",
    "LANCZOS, 333, 777, 1506161634"
  })
  void equals_pillow_at_odd_sizes(Resample filter, int width, int height, long checksum)
      throws IOException {
    CRC32 crc = new CRC32();
    crc.update(filter.resize(portrait(), width, height).rgb());
    assertThat(crc.getValue()).isEqualTo(checksum);
  }

  @Test
  void leaves_an_image_of_the_right_size_alone() throws IOException {
    Pixels image = portrait();
    assertThat(Resample.BICUBIC.resize(image, 180, 160)).isSameAs(image);
    assertThat(Resample.NEAREST.resizeShort(image, 160)).isSameAs(image);
  }

  @Test
  void keeps_the_aspect_ratio_when_the_shorter_side_is_given() throws IOException {
    Pixels wide = Resample.BILINEAR.resizeShort(portrait(), 73);
    assertThat(wide).hasToString("82 x 73 pixels"); // 73 * 180 / 160 = 82.1
    Pixels high = Resample.BILINEAR.resizeShort(new Pixels(160, 180), 73);
    assertThat(high).hasToString("73 x 82 pixels");
  }

  @Test
  void refuses_sizes_that_no_image_has() throws IOException {
    Pixels image = portrait();
    for (Resample filter : Resample.values()) {
      assertThatThrownBy(() -> filter.resize(image, 0, 10))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("an image of 0 x 10 pixels cannot be held");
      assertThatThrownBy(() -> filter.resize(image, 10, -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("an image of 10 x -1 pixels cannot be held");
      assertThatThrownBy(() -> filter.resize(image, 60_000, 60_000))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("an image of 60000 x 60000 pixels cannot be held");
    }
  }

  private static Pixels portrait() throws IOException {
    try (InputStream in = resource("image.png")) {
      return ImageDecoder.DEFAULT.decode(in, "image.png");
    }
  }

  private static NDList golden(NDManager manager) throws IOException {
    try (InputStream in = resource("expected.safetensors")) {
      return NDList.decode(manager, in);
    }
  }

  private static InputStream resource(String name) {
    String path = "/golden/preprocess/portrait/" + name;
    return Objects.requireNonNull(ResampleTest.class.getResourceAsStream(path), path);
  }
}
