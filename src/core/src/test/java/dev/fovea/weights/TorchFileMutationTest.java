package dev.fovea.weights;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchFileMutationTest {
  @TempDir Path folder;

  /** The two seeds without checksums, so that a changed pickle is not refused for that alone. */
  private static final List<String> SEEDS =
      List.of("kinds_legacy.pth", "no_checksums.pth", "kinds_protocol4.pth", "training.pth");

  @Test
  void eighty_thousand_mutated_pickles_give_a_format_error_or_a_value() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    for (String name : SEEDS) {
      byte[] file = Files.readAllBytes(TorchFileReadTest.TORCH.resolve(name));
      int start = name.contains("legacy") ? 137 : 64; // after the headers of each format
      seeds.add(Arrays.copyOfRange(file, pickleStart(file, start), Math.min(file.length, 2_400)));
    }
    Random random = new Random(20261124);
    int refused = 0;
    int total = 80_000;
    for (int i = 0; i < total; i++) {
      try {
        Unpickler.load(
            new PickleBytes("mutant", ByteBuffer.wrap(mutate(seeds, random))), new HashMap<>());
      } catch (WeightsFormatException e) {
        refused++;
        assertThat(e).hasMessageStartingWith("mutant: pickle, before byte ");
      }
    }
    assertThat(refused).isBetween(total / 2, total - 1_000);
  }

  private static int pickleStart(byte[] file, int from) {
    int at = from;
    while (file[at] != (byte) 0x80) {
      at++;
    }
    return at;
  }

  @Test
  void twenty_thousand_mutated_files_give_a_format_error_or_tensors() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    for (String name : SEEDS) {
      seeds.add(Files.readAllBytes(TorchFileReadTest.TORCH.resolve(name)));
    }
    Random random = new Random(20261124);
    Path path = folder.resolve("mutant.pth");
    int refused = 0;
    int total = 20_000;
    try (NDManager manager = NDManager.newBaseManager();
        FileChannel out =
            FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int i = 0; i < total; i++) {
        byte[] mutant = mutate(seeds, random);
        out.write(ByteBuffer.wrap(mutant), 0);
        out.truncate(mutant.length);
        try (WeightFile file = WeightFile.open(path)) {
          for (String name : file.tensors().keySet()) {
            file.read(manager, name).close();
          }
        } catch (WeightsFormatException e) {
          refused++;
          assertThat(e).hasMessageContaining("mutant.pth");
        }
      }
    }
    assertThat(refused).isBetween(total / 2, total - 500);
  }

  /** Bits, bytes, cuts, splices and insertions. */
  private static byte[] mutate(List<byte[]> seeds, Random random) {
    byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
    int times = 1 + random.nextInt(3);
    for (int t = 0; t < times && bytes.length > 0; t++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(8)) {
        case 0 -> bytes = Arrays.copyOf(bytes, at);
        case 1 -> {
          byte[] other = seeds.get(random.nextInt(seeds.size()));
          int from = random.nextInt(other.length);
          int count =
              Math.min(random.nextInt(64), Math.min(other.length - from, bytes.length - at));
          System.arraycopy(other, from, bytes, at, count);
        }
        case 2 -> {
          byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(9));
          System.arraycopy(
              bytes, at, longer, longer.length - (bytes.length - at), bytes.length - at);
          bytes = longer;
        }
        case 3, 4 -> bytes[at] = (byte) random.nextInt(256);
        default -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      }
    }
    return bytes;
  }
}
