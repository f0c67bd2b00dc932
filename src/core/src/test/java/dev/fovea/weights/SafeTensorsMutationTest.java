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
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeTensorsMutationTest {
  @TempDir Path folder;

  /** Bits, bytes, cuts, splices and swapped numbers. */
  @Test
  void twenty_four_thousand_mutations_give_a_format_error_or_a_file() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    try (Stream<Path> files = Files.list(SafeTensorsReadTest.GOOD)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList()) {
        seeds.add(Files.readAllBytes(file));
      }
    }
    assertThat(seeds).hasSize(4);
    seeds.add(published("convnext_atto.timm"));
    seeds.add(published("segformer_b0_150.nvlabs"));
    Random random = new Random(20260101);
    Path path = folder.resolve("mutant.safetensors");
    int refused = 0;
    int total = 24_000;
    try (NDManager manager = NDManager.newBaseManager();
        FileChannel out =
            FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int i = 0; i < total; i++) {
        byte[] mutant = mutate(seeds, random);
        out.write(ByteBuffer.wrap(mutant), 0);
        out.truncate(mutant.length);
        try (SafeTensors file = SafeTensors.open(path)) {
          for (String name : file.tensors().keySet()) {
            file.read(manager, name).close();
          }
        } catch (WeightsFormatException e) {
          refused++;
          assertThat(e).hasMessageContaining("mutant.safetensors");
        }
      }
    }
    assertThat(refused).isBetween(total / 2, total - 1000);
  }

  /** Names of a published model, each with a tensor of 8 bytes. */
  private static byte[] published(String model) throws IOException {
    StringBuilder header = new StringBuilder("{");
    int i = 0;
    for (String name :
        TestCheckpoint.published(model).tensors().keySet().stream().limit(20).toList()) {
      String offsets = "[" + 8 * i + "," + 8 * (i + 1) + "]";
      header.append(i == 0 ? "\"" : ",\"").append(name).append("\":");
      header.append(SafeTensorsFile.tensor("F32", "[1,2]", offsets));
      i++;
    }
    return SafeTensorsFile.bytes(header.append("}").toString(), 8 * i);
  }

  private static byte[] mutate(List<byte[]> seeds, Random random) {
    byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
    int times = 1 + random.nextInt(3);
    for (int t = 0; t < times && bytes.length > 0; t++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes = Arrays.copyOf(bytes, at);
        case 3 -> {
          byte[] other = seeds.get(random.nextInt(seeds.size()));
          int from = random.nextInt(other.length);
          int count =
              Math.min(random.nextInt(64), Math.min(other.length - from, bytes.length - at));
          System.arraycopy(other, from, bytes, at, count);
        }
        case 4 -> {
          while (at < bytes.length && !(bytes[at] >= '0' && bytes[at] <= '9')) {
            at++;
          }
          if (at < bytes.length) {
            bytes[at] = (byte) "0123456789-.e".charAt(random.nextInt(13));
          }
        }
        default -> {
          byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(9));
          System.arraycopy(
              bytes, at, longer, longer.length - (bytes.length - at), bytes.length - at);
          bytes = longer;
        }
      }
    }
    return bytes;
  }
}
