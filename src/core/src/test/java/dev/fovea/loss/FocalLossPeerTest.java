package dev.fovea.loss;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * The sigmoid focal loss beside torchvision's: forward and backward on a million logits, each in
 * processes of its own that take turns. Runs where {@code TORCH_PYTHON} names a Python with torch
 * and torchvision, on a machine that has nothing else to do.
 */
@EnabledOnOs(OS.LINUX)
@EnabledIfEnvironmentVariable(
    named = "TORCH_PYTHON",
    matches = ".+",
    disabledReason = "TORCH_PYTHON names no Python with torch and torchvision")
class FocalLossPeerTest {

  private static final int TURNS = 5;

  /** Medians of the turns: milliseconds, and megabytes of growth at the highest. */
  private record Figures(double milliseconds, double megabytes) {}

  @Test
  void takes_at_most_the_time_and_the_memory_of_torchvision() throws Exception {
    List<Figures> own = new ArrayList<>();
    List<Figures> torch = new ArrayList<>();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String[] ours = {
      java,
      "-Xmx512m",
      "-XX:+UseSerialGC",
      "-cp",
      System.getProperty("java.class.path"),
      FocalLossPeerTest.class.getName()
    };
    String[] theirs = {System.getenv("TORCH_PYTHON"), "src/test/resources/torch/focal.py"};
    for (int i = 0; i < TURNS; i++) {
      torch.add(figures(theirs));
      own.add(figures(ours));
    }
    Figures here = median(own);
    Figures there = median(torch);
    String both = "here " + here + ", torchvision " + there;
    System.out.println(both);
    assertThat(here.milliseconds()).as(both).isLessThanOrEqualTo(there.milliseconds());
    assertThat(here.megabytes()).as(both).isBetween(1.0, there.megabytes());
  }

  private static Figures median(List<Figures> turns) {
    return new Figures(
        turns.stream().mapToDouble(Figures::milliseconds).sorted().toArray()[TURNS / 2],
        turns.stream().mapToDouble(Figures::megabytes).sorted().toArray()[TURNS / 2]);
  }

  /**
   * The time as it is; the memory of a second process, in which every array is mapped by itself, so
   * that the process grows and shrinks with the arrays.
   */
  private static Figures figures(String... command) throws Exception {
    Figures timed = run(new ProcessBuilder(command));
    ProcessBuilder mapped = new ProcessBuilder(command);
    mapped.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
    return new Figures(timed.milliseconds(), run(mapped).megabytes());
  }

  private static Figures run(ProcessBuilder builder) throws Exception {
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(output).isZero();
    String[] figures = output.split(" ", -1);
    return new Figures(Double.parseDouble(figures[0]), Double.parseDouble(figures[1]));
  }

  public static void main(String[] args) throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray logits = manager.randomNormal(new Shape(1_000_000));
      NDArray targets =
          manager
              .randomUniform(0, 1, new Shape(1_000_000))
              .lt(0.1f)
              .toType(DataType.FLOAT32, false);
      for (int i = 0; i < 20; i++) {
        step(manager, logits, targets);
      }
      long before = kilobytes("VmRSS");
      Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // resets VmHWM
      step(manager, logits, targets);
      long peak = kilobytes("VmHWM") - before;
      long[] times = new long[100];
      for (int i = 0; i < times.length; i++) {
        long start = System.nanoTime();
        step(manager, logits, targets);
        times[i] = System.nanoTime() - start;
      }
      Arrays.sort(times);
      System.out.printf(Locale.ROOT, "%f %f%n", times[50] / 1e6, peak / 1024.0);
    }
  }

  private static void step(NDManager manager, NDArray logits, NDArray targets) {
    FocalLoss loss = FocalLoss.sigmoid(0.25, 2, Reduction.MEAN);
    try (NDManager step = manager.newSubManager();
        GradientCollector collector = manager.getEngine().newGradientCollector()) {
      NDArray leaf = logits.stopGradient();
      leaf.attach(step);
      leaf.setRequiresGradient(true);
      collector.backward(loss.apply(leaf, targets));
    }
  }

  private static long kilobytes(String key) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(key + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
