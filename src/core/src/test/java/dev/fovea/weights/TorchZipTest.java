package dev.fovea.weights;

import static dev.fovea.weights.PickleText.join;
import static dev.fovea.weights.PickleText.little;
import static dev.fovea.weights.PickleText.stored;
import static dev.fovea.weights.TorchFileHostileTest.patched;
import static dev.fovea.weights.TorchFileHostileTest.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchZipTest {
  @TempDir Path folder;

  @Test
  void refuses_names_that_leave_their_folder() throws IOException {
    for (String name :
        List.of("../x", "a/../../x", "/etc/x", "C:/x", "a\\..\\x", "a//x", "..", "a\nb")) {
      refused(zip(name, "archive/data.pkl"), "has a name that leaves its folder or is not plain");
    }
  }

  @Test
  void refuses_what_is_not_one_plain_zip_file() throws IOException {
    refused(zip("a/data.pkl", "b/data.pkl"), "has 2 entries NAME/data.pkl");
    refused(zip("a/b/data.pkl"), "has 0 entries NAME/data.pkl");
    refused(zip("archive/data.pkl", "archive/constants.pkl"), "is TorchScript");

    byte[] good = Files.readAllBytes(zip("archive/data.pkl", "archive/data.pkm"));
    int directory = good.length - 22 - 2 * (46 + 16);
    refusedBytes(patched(good, directory + 46 + 16 + 46 + 15, 'l'), "differs from the directory");
    byte[] twice = patched(good, directory + 46 + 16 + 46 + 15, 'l');
    twice[30 + 16 + 2 + 30 + 15] = 'l';
    refusedBytes(twice, "stands twice in the directory");
    refusedBytes(patched(good, directory + 8, 1), "is encrypted or compressed");
    refusedBytes(patched(good, directory + 10, 8), "is encrypted or compressed");
    refusedBytes(patched(good, directory + 24, 200), "is encrypted or compressed");
    byte[] larger = patched(patched(good, directory + 24, 200), directory + 20, 200);
    refusedBytes(larger, "lies outside of the file");
    refusedBytes(patched(good, directory + 42, 1), "differs from the directory");
    refusedBytes(patched(good, directory + 62 + 42, 0), "differs from the directory");
    refusedBytes(patched(good, 14, 77), "differs from the directory");
    refusedBytes(patched(good, 22, 1), "differs from the directory");
    refusedBytes(patched(good, 46, ']'), "has CRC-32");
    refusedBytes(patched(good, good.length - 12, 3), "does not end where");
    byte[] three = patched(patched(good, good.length - 12, 3), good.length - 14, 3);
    refusedBytes(three, "directory that is cut");
    byte[] one = patched(patched(good, good.length - 12, 1), good.length - 14, 1);
    refusedBytes(one, "bytes in its directory that belong to no entry");
    refusedBytes(patched(good, good.length - 2, 1), "does not end as a zip file");
    refusedBytes(Arrays.copyOf(good, good.length + 1), "does not end as a zip file");
    refusedBytes(Arrays.copyOf(good, good.length - 1), "does not end as a zip file");
    refusedBytes(Arrays.copyOf(good, 15), "is cut: a zip file has at least 22 bytes");
  }

  @Test
  void sizes_of_an_entry_may_be_in_64_bits_and_must_be_there() throws IOException {
    Files.write(folder.resolve("made.pth"), zip64(16, 2));
    try (WeightFile file = WeightFile.open(folder.resolve("made.pth"))) {
      assertThat(file.tensors()).isEmpty();
    }
    refusedBytes(zip64(16, 3), "differs from the directory");
    refusedBytes(zip64(16, -1), "lies outside of the file");
    refusedBytes(zip64(16, Long.MIN_VALUE), "lies outside of the file");
    refusedBytes(zip64(8, 2), "lacks its ZIP64 sizes");
    refusedBytes(zip64(17, 2), "has extra fields that are cut");
  }

  /** An empty state dict in a zip file whose directory has the sizes in an extra field. */
  private byte[] zip64(int extraLength, long size) throws IOException {
    byte[] zip = Files.readAllBytes(zip("archive/data.pkl"));
    int directory = 30 + 16 + 2;
    int end = directory + 46 + 16;
    byte[] extra = join("\1\0", little(extraLength, 2), little(size, 8), little(size, 8));
    Arrays.fill(zip, directory + 20, directory + 28, (byte) -1);
    zip[directory + 30] = (byte) extra.length;
    zip[end + 12] += (byte) extra.length;
    byte[] head = Arrays.copyOf(zip, end);
    return join(head, extra, Arrays.copyOfRange(zip, end, zip.length));
  }

  @Test
  void refuses_compressed_entries() throws IOException {
    Path path = folder.resolve("made.pth");
    try (OutputStream out = Files.newOutputStream(path);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write("}.".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII));
    }
    refused(path, "'archive/data.pkl' is encrypted or compressed; save the state_dict() again");
  }

  @Test
  void a_changed_bit_of_a_storage_is_seen_when_it_is_read() throws IOException {
    byte[] bytes = Files.readAllBytes(TorchFileReadTest.GOOD.resolve("state_dict.pth"));
    bytes[768] ^= 1; // in archive/data/0
    Path path = Files.write(folder.resolve("made.pth"), bytes);
    try (WeightFile file = WeightFile.open(path);
        NDManager manager = NDManager.newBaseManager()) {
      file.read(manager, "a.bias").close();
      assertThatThrownBy(() -> file.read(manager, "a.weight"))
          .isInstanceOf(WeightsFormatException.class)
          .hasMessageContainingAll("made.pth", "entry 'data/0' has CRC-32");
    }
  }

  private Path zip(String... names) throws IOException {
    Path path = folder.resolve("made.pth");
    try (OutputStream out = Files.newOutputStream(path);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (String name : names) {
        stored(zip, name, join("}."));
      }
    }
    return path;
  }

  private void refusedBytes(byte[] bytes, String reason) throws IOException {
    refused(Files.write(folder.resolve("made.pth"), bytes), reason);
  }
}
