package dev.fovea.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.fovea.Fovea;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The highest growth of a process during a second eager prediction, against that of PyTorch 2.7.1
 * on the same network and input (2 threads, x86-64): SegFormer-B0 of transformers 4.46.3,
 * ConvNeXt-T of timm 1.0.31. Each measurement has a process of its own, in which every tensor is
 * mapped by itself ({@code MALLOC_MMAP_THRESHOLD_}), so that the process grows and shrinks with the
 * tensors.
 */
@EnabledOnOs(OS.LINUX)
class EagerMemoryTest {

  @ParameterizedTest
  @CsvSource({
    "segformer_b0, 1, 512, 212.7",
    "segformer_b0, 4, 512, 592.3",
    "convnext_tiny, 8, 224, 100.9"
  })
  void a_prediction_takes_at_most_the_memory_that_pytorch_takes(
      String network, int batch, int size, double pytorchMb) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                EagerMemoryTest.class.getName(),
                network,
                String.valueOf(batch),
                String.valueOf(size))
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
    Process process = builder.start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(output).isZero();
    List<String> lines = output.lines().toList();
    double growth = Double.parseDouble(lines.get(lines.size() - 1));
    assertThat(growth).isBetween(1.0, pytorchMb);
  }

  public static void main(String[] args) throws IOException {
    int batch = Integer.parseInt(args[1]);
    int size = Integer.parseInt(args[2]);
    try (Model model = Fovea.newModel(args[0], 150);
        NDManager manager = model.getNDManager().newSubManager()) {
      NDArray image = manager.randomNormal(new Shape(batch, 3, size, size));
      predict(model, image); // the engine compiles kernels and keeps them
      long before = kilobytes("VmRSS");
      Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // resets VmHWM
      predict(model, image);
      System.out.println((kilobytes("VmHWM") - before) / 1024.0);
    }
  }

  private static void predict(Model model, NDArray image) {
    ParameterStore store = new ParameterStore(image.getManager(), false);
    model.getBlock().forward(store, new NDList(image), false).close();
  }

  private static long kilobytes(String key) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(key + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
