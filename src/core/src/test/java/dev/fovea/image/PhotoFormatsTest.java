package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Photographs that Pillow writes in every format and with many options come out as Pillow reads
 * them, byte for byte; see src/test/python/photo_formats.py. Runs where {@code TORCH_PYTHON} names
 * a Python with Pillow 13.
 */
@EnabledIfEnvironmentVariable(
    named = "TORCH_PYTHON",
    matches = ".+",
    disabledReason = "TORCH_PYTHON names no Python with Pillow")
class PhotoFormatsTest {
  private static final Path PHOTOS = Path.of("src/main/resources/dev/fovea/data/photos");

  @TempDir private Path folder;

  @Test
  void gives_the_bytes_of_pillow() throws Exception {
    write(folder, ".");
    List<String> differing = new ArrayList<>();
    List<String> cases = Files.readAllLines(folder.resolve("files.csv"));
    for (String line : cases) {
      String[] part = line.split(",", -1);
      Pixels got = ImageDecoder.DEFAULT.decode(folder.resolve(part[0]));
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(got.rgb());
      if (!(got.width() + "," + got.height() + "," + HexFormat.of().formatHex(digest))
          .equals(part[1] + "," + part[2] + "," + part[3])) {
        differing.add(part[0]);
      }
    }
    assertThat(differing).isEmpty();
    assertThat(cases).hasSizeGreaterThan(900);
  }

  /** Writes all photographs in the kinds that match a regular expression. */
  static void write(Path folder, String kinds) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(System.getenv("TORCH_PYTHON"), "src/test/python/photo_formats.py"));
    command.addAll(List.of(folder.toString(), kinds));
    try (Stream<Path> all = Files.list(PHOTOS)) {
      all.map(Path::toString).filter(name -> name.endsWith(".jpg")).sorted().forEach(command::add);
    }
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
