package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp"})
  void reads_lossless_formats_exactly(String format) throws IOException {
    BufferedImage image = drawing(BufferedImage.TYPE_INT_RGB);
    Pixels got = ImageDecoder.DEFAULT.decode(encode(image, format), "x");
    assertThat(got.rgb()).isEqualTo(Pixels.of(image).rgb());
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        assertThat(got.get(x, y)).isEqualTo(image.getRGB(x, y) & 0xFFFFFF);
      }
    }
  }

  @Test
  void reads_jpeg_and_gif() throws IOException {
    BufferedImage image = drawing(BufferedImage.TYPE_INT_RGB);
    for (String format : new String[] {"jpeg", "gif"}) {
      Pixels got = ImageDecoder.DEFAULT.decode(encode(image, format), "x");
      assertThat(got).hasToString("40 x 24 pixels");
      double error = 0;
      byte[] expected = Pixels.of(image).rgb();
      for (int i = 0; i < expected.length; i++) {
        error += Math.abs((got.rgb()[i] & 0xFF) - (expected[i] & 0xFF));
      }
      assertThat(error / expected.length).as(format).isLessThan(12);
    }
  }

  @Test
  void reads_grey_as_three_equal_channels_without_brightening_it() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(0, 0, 0, 100);
    image.getRaster().setSample(1, 0, 0, 201);
    Pixels got = ImageDecoder.DEFAULT.decode(encode(image, "png"), "x");
    assertThat(got.rgb()).containsExactly(100, 100, 100, (byte) 201, (byte) 201, (byte) 201);
  }

  @Test
  void drops_transparency_without_blending() throws IOException {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x010A141E);
    Pixels got = ImageDecoder.DEFAULT.decode(encode(image, "png"), "x");
    assertThat(got.get(0, 0)).isEqualTo(0x0A141E);
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "gif", "jpeg"})
  void refuses_a_bomb_from_its_header_alone(String format) {
    // No pixel follows these headers, so a decoder that went on would say that it is cut short.
    assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(header(format, 20_000), "bomb.bin"))
        .isInstanceOf(UnreadableImageException.class)
        .hasMessage("bomb.bin: 20000 x 20000 pixels are more than the 89478485 allowed");
  }

  @Test
  void has_a_limit_that_is_inclusive_and_can_be_set() throws IOException {
    byte[] image = encode(drawing(BufferedImage.TYPE_INT_RGB), "png");
    assertThat(new ImageDecoder(960).decode(image, "x").width()).isEqualTo(40);
    assertThatThrownBy(() -> new ImageDecoder(959).decode(image, "x"))
        .hasMessage("x: 40 x 24 pixels are more than the 959 allowed");
    assertThatThrownBy(() -> new ImageDecoder(0)).hasMessage("maxPixels must be at least 1, not 0");
  }

  @Test
  void refuses_what_would_not_fit_the_heap() {
    ImageDecoder unlimited = new ImageDecoder(Long.MAX_VALUE);
    assertThatThrownBy(() -> unlimited.decode(header("png", 40_000), "x"))
        .isInstanceOf(UnreadableImageException.class)
        .hasMessage("x: 40000 x 40000 pixels need 4577 MB, more than the heap (-Xmx) holds");
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "gif", "jpeg"})
  void refuses_an_image_that_is_cut_short(String format) throws IOException {
    byte[] image = encode(drawing(BufferedImage.TYPE_INT_RGB), format);
    for (int length : new int[] {10, 60, image.length / 2, image.length * 3 / 4}) {
      byte[] part = Arrays.copyOf(image, length);
      assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(part, "x"))
          .as("%s, %d of %d bytes", format, length, image.length)
          .isInstanceOf(UnreadableImageException.class)
          .hasMessageStartingWith("x: ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "gif", "jpeg"})
  void answers_damage_with_pixels_or_with_its_one_exception(String format) throws IOException {
    byte[] image = encode(drawing(BufferedImage.TYPE_INT_RGB), format);
    ImageDecoder decoder = new ImageDecoder(1_000_000);
    Random random = new Random(7);
    int refused = 0;
    for (int i = 0; i < 1_000; i++) {
      byte[] damaged = image.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        damaged[random.nextInt(random.nextBoolean() ? 64 : damaged.length)] =
            (byte) random.nextInt();
      }
      try {
        assertThat(decoder.decode(damaged, "x").width()).isPositive();
      } catch (UnreadableImageException e) {
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void names_the_file_that_is_no_image(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("notes.png"), "no image");
    assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(file))
        .isInstanceOfSatisfying(
            UnreadableImageException.class, e -> assertThat(e.source()).isEqualTo(file.toString()))
        .hasMessage(
            file
                + ": neither PNG, JPEG, BMP, GIF, TIFF nor WebP; it begins with the bytes"
                + " '6e6f20696d616765'");
    Path empty = Files.createFile(folder.resolve("empty.png"));
    assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(empty))
        .isInstanceOf(UnreadableImageException.class)
        .hasMessageEndingWith("it begins with the bytes ''");
    assertThatThrownBy(() -> ImageDecoder.DEFAULT.decode(folder.resolve("missing.png")))
        .isInstanceOf(NoSuchFileException.class);
  }

  private static BufferedImage drawing(int type) {
    BufferedImage image = new BufferedImage(40, 24, type);
    Graphics2D g = image.createGraphics();
    g.setPaint(new GradientPaint(0, 0, new Color(200, 60, 20), 40, 24, new Color(20, 90, 220)));
    g.fillRect(0, 0, 40, 24);
    g.setColor(Color.GREEN);
    g.fillOval(8, 4, 14, 14);
    g.dispose();
    return image;
  }

  private static byte[] encode(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  /** A valid header of an image of {@code size} x {@code size} pixels, and nothing after it. */
  private static byte[] header(String format, int size) {
    ByteBuffer b = ByteBuffer.allocate(64);
    switch (format) {
      case "png" -> {
        b.putLong(0x89504E470D0A1A0AL).putInt(13).putInt(0x49484452);
        b.putInt(size).putInt(size).put(new byte[] {8, 2, 0, 0, 0});
        CRC32 crc = new CRC32();
        crc.update(b.array(), 12, 17);
        b.putInt((int) crc.getValue());
        b.putInt(0).putInt(0x49444154).putInt(0x35AF061E); // an empty IDAT
      }
      case "bmp" -> {
        b.order(ByteOrder.LITTLE_ENDIAN).put((byte) 'B').put((byte) 'M');
        b.putInt(Integer.MAX_VALUE).putInt(0).putInt(54);
        b.putInt(40).putInt(size).putInt(size).putShort((short) 1).putShort((short) 24);
        b.put(new byte[24]);
      }
      case "gif" -> {
        b.order(ByteOrder.LITTLE_ENDIAN).put("GIF89a".getBytes(StandardCharsets.US_ASCII));
        b.putShort((short) size).putShort((short) size).put(new byte[] {(byte) 0x80, 0, 0});
        b.put(new byte[6]).put((byte) ',').putInt(0);
        b.putShort((short) size).putShort((short) size).put(new byte[] {0, 2});
      }
      default -> {
        b.putShort((short) 0xFFD8).putShort((short) 0xFFC0).putShort((short) 17);
        b.put((byte) 8).putShort((short) size).putShort((short) size);
        b.put(new byte[] {3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0});
        b.putShort((short) 0xFFDA).putShort((short) 12);
        b.put(new byte[] {3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0});
      }
    }
    return Arrays.copyOf(b.array(), b.position());
  }
}
