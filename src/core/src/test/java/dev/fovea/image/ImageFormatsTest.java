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

  @Test
  void refuses_kinds_that_it_does_not_decode_by_their_names() throws IOException {
    byte[] jpeg = Files.readAllBytes(FOLDER.resolve("420.jpg"));
    int frame = place(jpeg, 0xFF, 0xC0, 0, 17, 8);
    assertRefused(with(jpeg, frame + 1, 0xC9), "JPEG of the kind SOF9 is not supported");
    assertRefused(with(jpeg, frame + 1, 0xC3), "JPEG of the kind SOF3 is not supported");
    assertRefused(with(jpeg, frame + 4, 12), "JPEG of 3 components of 12 bits is not supported");
    byte[] tiff = Files.readAllBytes(FOLDER.resolve("little_endian16.tif"));
    int compression = 8 + place(tiff, 259 & 0xFF, 259 >> 8, 3, 0, 1, 0, 0, 0, 1);
    assertRefused(with(tiff, compression, 4), "TIFF compression 4 is not supported");
    assertRefused(with(tiff, compression, 7), "TIFF compression 7 is not supported");
    int photometric = 8 + place(tiff, 262 & 0xFF, 262 >> 8, 3, 0, 1, 0, 0, 0, 2);
    assertRefused(with(tiff, photometric, 6), "TIFF of photometric interpretation 6");
    assertRefused(with(tiff, 2, 0x2B), "BigTIFF is not supported");
  }

  @Test
  void refuses_a_progressive_file_that_lacks_scans() throws IOException {
    byte[] jpeg = Files.readAllBytes(FOLDER.resolve("420_progressive.jpg"));
    int last = jpeg.length;
    while (jpeg[last - 2] != -1 || jpeg[last - 1] != (byte) 0xDA) {
      last--;
    }
    byte[] fewer = Arrays.copyOf(jpeg, last);
    fewer[last - 1] = (byte) 0xD9; // the end, in place of the last scan
    assertRefused(fewer, "cut short: scans of the progressive JPEG are not there");
  }

  private static void assertRefused(byte[] file, String reason) {
    assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(file, "x"))
        .isInstanceOf(UnreadableImageException.class)
        .hasMessageStartingWith("x: " + reason);
  }

  private static byte[] with(byte[] file, int at, int value) {
    byte[] changed = file.clone();
    changed[at] = (byte) value;
    return changed;
  }

  private static int place(byte[] file, int... bytes) {
    for (int at = 0; ; at++) {
      int same = 0;
      while (same < bytes.length && file[at + same] == (byte) bytes[same]) {
        same++;
      }
      if (same == bytes.length) {
        return at;
      }
    }
  }

  private static String digest(Pixels image) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image.rgb()));
  }
}
