package dev.fovea.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Takes at most half as long again as Pillow and NumPy, each on one core in a process of its own
 * that take turns. Runs where {@code TORCH_PYTHON} names a Python with Pillow and {@code PHOTOS} a
 * folder of photographs, on a machine that has nothing else to do.
 */
@EnabledOnOs(OS.LINUX)
@EnabledIfEnvironmentVariable(
    named = "TORCH_PYTHON",
    matches = ".+",
    disabledReason = "TORCH_PYTHON names no Python with Pillow")
@EnabledIfEnvironmentVariable(
    named = "PHOTOS",
    matches = ".+",
    disabledReason = "PHOTOS names no folder of photographs")
class ImageSpeedTest {
  private static final int WARM = Integer.getInteger("turns.warm", 40);
  private static final int TURNS = Integer.getInteger("turns", 15);

  @Test
  void resizes_and_normalizes_in_the_time_of_pillow() throws Exception {
    List<String> photos;
    try (Stream<Path> all = Files.list(Path.of(System.getenv("PHOTOS")))) {
      photos = all.map(Path::toString).sorted().toList();
    }
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> ours = new ArrayList<>(List.of("taskset", "-c", "0", java));
    ours.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-cp"));
    ours.add(System.getProperty("java.class.path"));
    ours.add(ImageTimings.class.getName());
    ours.addAll(photos);
    List<String> theirs = new ArrayList<>(List.of("taskset", "-c", "0"));
    theirs.addAll(List.of(System.getenv("TORCH_PYTHON"), "src/test/python/image_speed.py"));
    theirs.addAll(photos);
    try (Peer here = new Peer(ours);
        Peer there = new Peer(theirs)) {
      for (String task :
          List.of(
              "decode",
              "resize 224",
              "resize 512",
              "prepare 224",
              "prepare 512",
              "all 224",
              "all 512")) {
        for (int i = 0; i < WARM; i++) {
          here.nanoseconds(task);
        }
        double[] own = new double[TURNS];
        double[] pillow = new double[TURNS];
        for (int i = 0; i < TURNS; i++) {
          own[i] = here.nanoseconds(task) / 1e6 / photos.size();
          pillow[i] = there.nanoseconds(task) / 1e6 / photos.size();
        }
        double ratio = median(own) / median(pillow);
        String both =
            String.format(
                "%s: here %.2f ms, Pillow %.2f ms, ratio %.2f",
                task, median(own), median(pillow), ratio);
        System.out.println(both);
        // The JDK's JPEG decoder is not a matter of this library.
        if (!task.startsWith("decode") && !task.startsWith("all")) {
          assertThat(ratio).as(both).isLessThan(1.5);
        }
      }
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** A process that times tasks. */
  private static final class Peer implements AutoCloseable {
    private final Process process;
    private final PrintWriter tasks;
    private final BufferedReader answers;

    Peer(List<String> command) throws IOException {
      process =
          new ProcessBuilder(command)
              .directory(new File("."))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      tasks = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
      answers = process.inputReader(StandardCharsets.UTF_8);
    }

    long nanoseconds(String task) throws IOException {
      tasks.println(task);
      String answer = answers.readLine();
      assertThat(answer).as(task).isNotNull();
      return Long.parseLong(answer);
    }

    @Override
    public void close() throws IOException {
      tasks.close();
      process.destroy();
    }
  }
}
