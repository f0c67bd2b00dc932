package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of file gives Pillow's bytes; src/test/python/formats.py wrote files and digests. */
class ImageFormatsTest {
  private static final Path FOLDER = Path.of("src/test/resources/image/formats");

  record Case(String name, String size, String digest) {
    @Override
    public String toString() {
      return name;
    }

    byte[] bytes() throws IOException {
      return Files.readAllBytes(FOLDER.resolve(name));
    }
  }

  static List<Case> cases() throws IOException {
    return Files.readAllLines(FOLDER.resolve("formats.csv")).stream()
        .map(line -> line.split(",", -1))
        .map(part -> new Case(part[0], part[1] + " x " + part[2] + " pixels", part[3]))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gives_the_bytes_of_pillow(Case file) throws Exception {
    Pixels got = ImageDecoder.DEFAULT.decode(FOLDER.resolve(file.name));
    assertThat(got).hasToString(file.size);
    assertThat(digest(got)).isEqualTo(file.digest);
  }

  @Test
  void every_format_is_there() throws IOException {
    Stream<String> endings = cases().stream().map(c -> c.name.replaceAll(".*\\.", ""));
    assertThat(endings.distinct()).contains("png", "jpg", "bmp", "gif", "tif", "webp");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void answers_a_part_with_its_one_exception_or_with_all_pixels(Case file) throws Exception {
    byte[] bytes = file.bytes();
    int refused = 0;
    for (int length = 1; length < bytes.length; length += 1 + bytes.length / 97) {
      byte[] part = Arrays.copyOf(bytes, length);
      try {
        // Only what follows the last pixel may lack; JPEG's decoder may guess the last few pixels.
        Pixels got = ImageDecoder.DEFAULT.decode(part, "x");
        boolean whole = digest(got).equals(file.digest);
        assertThat(whole || 10 * length > 9 * bytes.length).as("%d bytes", length).isTrue();
      } catch (UnreadableImageException e) {
        assertThat(e).hasMessageStartingWith("x: ");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(20);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void answers_damage_with_pixels_or_with_its_one_exception(Case file) throws Exception {
    byte[] bytes = file.bytes();
    ImageDecoder decoder = new ImageDecoder(1_000_000);
    Random random = new Random(7);
    for (int i = 0; i < 150; i++) {
      byte[] damaged = bytes.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        int end = random.nextBoolean() ? Math.min(64, bytes.length) : bytes.length;
        damaged[random.nextInt(end)] = (byte) random.nextInt();
      }
      try {
        assertThat(decoder.decode(damaged, "x").width()).isPositive();
      } catch (UnreadableImageException e) {
        assertThat(e).hasMessageStartingWith("x: ");
      }
    }
  }

  @Test
  void leaves_images_as_stored_on_request() throws IOException {
    ImageDecoder decoder = ImageDecoder.DEFAULT.withUpright(false);
    assertThat(decoder.decode(FOLDER.resolve("exif6.jpg"))).hasToString("21 x 14 pixels");
    assertThat(ImageDecoder.DEFAULT.decode(FOLDER.resolve("exif6.jpg")))
        .hasToString("14 x 21 pixels");
  }

  @Test
  void refuses_files_that_are_too_long(@org.junit.jupiter.api.io.TempDir Path folder)
      throws IOException {
    byte[] png = Files.readAllBytes(FOLDER.resolve("rgb8.png"));
    Path file = Files.write(folder.resolve("a.png"), png);
    ImageDecoder exact = ImageDecoder.DEFAULT.withMaxBytes(png.length);
    assertThat(exact.decode(file).width()).isPositive();
    ImageDecoder tight = ImageDecoder.DEFAULT.withMaxBytes(png.length - 1);
    assertThatThrownBy(() -> tight.decode(file))
        .isInstanceOf(UnreadableImageException.class)
        .hasMessage(
            file
                + ": a file of "
                + png.length
                + " bytes is more than the "
                + (png.length - 1)
                + " bytes allowed");
    assertThatThrownBy(() -> tight.decode(Files.newInputStream(file), "x"))
        .hasMessage("x: its content is more than the " + (png.length - 1) + " bytes allowed");
  }

  private static String digest(Pixels image) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image.rgb()));
  }
}
