package dev.fovea.cli;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.output.CategoryMask;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.fovea.Fovea;
import dev.fovea.data.Shapes;
import dev.fovea.image.Pixels;
import dev.fovea.image.SegmentationTranslator;
import dev.fovea.optimizer.Optimizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How much a process grows while it runs a saved model. Each mode is measured in a process of its
 * own, since memory that one mode has given back to the allocator hides what the next one takes.
 */
final class MemoryProbe {

  private static final Path STATUS = Path.of("/proc/self/status");
  static final int PREDICTIONS = 3;
  private static final String HEAP = "-Xmx512m";

  private MemoryProbe() {}

  /** Megabytes of growth at the highest, from before the model is loaded; null if unknown. */
  static @Nullable Double measure(Path model, String mode, int size) throws IOException {
    return run(MemoryProbe.class, model.toString(), mode, String.valueOf(size));
  }

  /** The same of any model, on an array: see {@link ArrayMemoryProbe}. */
  static @Nullable Double measure(String model, String mode, Shape input) throws IOException {
    String sizes =
        Arrays.stream(input.getShape()).mapToObj(String::valueOf).collect(Collectors.joining(","));
    return run(ArrayMemoryProbe.class, model, mode, sizes);
  }

  /** What another process prints; null if it fails or the system cannot tell. */
  private static @Nullable Double run(Class<?> program, String... args) throws IOException {
    if (!Files.isReadable(STATUS)) {
      return null;
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    // Every tensor is mapped by itself, so that the process grows and shrinks with the tensors.
    builder.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      return process.waitFor() == 0 ? Double.valueOf(output) : null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /**
   * Measures one mode.
   *
   * @param args folder of the model, {@code eager} or a back end's name, height and width
   */
  public static void main(String[] args) throws Exception {
    int size = Integer.parseInt(args[2]);
    SegmentationTranslator translator =
        SegmentationTranslator.builder(Shapes.CLASSES).setImageSize(size, size).build();
    Image image = new Pixels(size, size).toImage();
    try (NDManager manager = NDManager.newBaseManager()) {
      manager.zeros(new Shape(1)); // the engine itself does not count
      Model model;
      long before;
      if (args[1].equals("eager")) {
        before = reset();
        model = Fovea.load(Path.of(args[0]));
      } else {
        Model source = Fovea.load(Path.of(args[0]));
        Optimizer optimizer =
            Optimizer.of(source).backend(args[1]).input(new Shape(1, 3, size, size));
        optimizer.rewritten(); // done once, when a model is exported: does not count
        source.close();
        before = reset();
        model = optimizer.optimize();
      }
      try (model;
          Predictor<Image, CategoryMask> predictor = model.newPredictor(translator)) {
        for (int i = 0; i < PREDICTIONS; i++) {
          predictor.predict(image);
        }
      }
      System.out.println((kilobytes("VmHWM") - before) / 1024.0);
    }
  }

  static long reset() throws IOException {
    System.gc();
    Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // VmHWM starts anew, see proc(5)
    return kilobytes("VmRSS");
  }

  static long kilobytes(String key) throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith(key + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
