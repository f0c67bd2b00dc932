package dev.fovea.optimizer.serve;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import dev.fovea.optimizer.Hint;
import dev.fovea.optimizer.Optimizer;
import dev.fovea.optimizer.backend.Backend;
import dev.fovea.optimizer.backend.openvino.OpenVinoLibrary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten thousand predictions while the collector runs, a thousand models one after another. */
@Timeout(600) // seconds, for a machine that is busy: nothing may hang
class StormTest {

  private static final long PAUSE = 20_000_000; // nanoseconds between two collections
  private static final int PREDICTIONS = 10_000;
  private static final int MODELS = 1_000;
  private static final int SETTLED = 200; // models, until the allocators have what they keep
  private static final long GROWTH = 64L << 20; // bytes: a leak of 80 KB a model would show

  private static final Path STATUS = Path.of("/proc/self/status");

  private static void requireInstalled(String backend) {
    if (backend.equals(Backend.OPENVINO)) {
      try {
        assertThat(OpenVinoLibrary.find()).exists();
      } catch (IllegalStateException e) {
        Assumptions.abort(e.getMessage());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Backend.ONNX_RUNTIME, Backend.OPENVINO})
  void ten_thousand_predictions_under_garbage_collection_have_the_bits_of_one_after_another(
      String backend) throws Exception {
    requireInstalled(backend);
    List<float[]> images = Served.images(50);
    AtomicBoolean over = new AtomicBoolean();
    Thread storm =
        new Thread(
            () -> {
              while (!over.get()) {
                System.gc();
                LockSupport.parkNanos(PAUSE); // back to back, nothing else would get a processor
              }
            });
    try (Model model = Served.model();
        Model fast =
            Optimizer.of(model)
                .input(Served.INPUT)
                .backend(backend)
                .hint(Hint.THROUGHPUT)
                .optimize();
        AsyncPredictor<float[], float[]> async =
            new AsyncPredictor<>(fast, new Served.Floats(), AsyncOptions.DEFAULT.withWorkers(4))) {
      List<float[]> expected = Served.predict(fast, images);
      storm.start();
      List<CompletableFuture<float[]>> futures = new ArrayList<>();
      for (int i = 0; i < PREDICTIONS; i++) {
        futures.add(async.predictAsync(images.get(i % images.size())));
      }
      for (int i = 0; i < PREDICTIONS; i++) {
        assertThat(futures.get(i).join()).isEqualTo(expected.get(i % images.size()));
      }
    } finally {
      over.set(true);
      storm.join();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Backend.ONNX_RUNTIME, Backend.OPENVINO})
  void a_thousand_models_are_opened_and_closed_in_the_memory_of_a_few(String backend)
      throws Exception {
    requireInstalled(backend);
    Assumptions.assumeTrue(Files.isReadable(STATUS), "memory is not told by this system");
    // In a process of its own with a heap that is whole from the first: the collector gives a heap
    // back and takes it again, by more than a leak would show.
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms128m",
                "-Xmx128m",
                "-XX:+AlwaysPreTouch",
                "-cp",
                System.getProperty("java.class.path"),
                StormTest.class.getName(),
                backend)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String growth =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).isZero();
    assertThat(Long.parseLong(growth)).isLessThan(GROWTH);
  }

  /**
   * Opens and closes the models, and prints the bytes that the process has grown by.
   *
   * @param args the back end
   * @throws Exception if a model fails
   */
  public static void main(String[] args) throws Exception {
    float[] image = Served.images(1).get(0);
    try (Model model = Served.model()) {
      Optimizer optimizer = Optimizer.of(model).input(Served.INPUT).backend(args[0]);
      long before = 0;
      for (int i = 0; i < MODELS; i++) {
        if (i == SETTLED) {
          before = resident();
        }
        try (Model fast = optimizer.optimize();
            AsyncPredictor<float[], float[]> async =
                new AsyncPredictor<>(fast, new Served.Floats())) {
          async.predictAsync(image).join();
        }
      }
      System.out.println(resident() - before);
    }
  }

  private static long resident() throws IOException {
    System.gc();
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
