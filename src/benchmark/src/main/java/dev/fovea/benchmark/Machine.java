package dev.fovea.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What bounds every run-time on this machine.
 *
 * @param processor its name
 * @param cores cores that the process may use
 * @param gemm the best of several products of large float32 matrices, in 10^9 multiply-adds a
 *     second
 * @param bandwidth the best of several copies of a large array, in 10^9 bytes read and written a
 *     second
 */
record Machine(String processor, int cores, double gemm, double bandwidth) {

  private static final int RUNS = 8;
  private static final int SIDE = 1536;
  private static final int LARGE = 64 << 20;

  static Machine measure() throws IOException {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray a = manager.randomUniform(-1, 1, new Shape(SIDE, SIDE), DataType.FLOAT32);
      NDArray large = manager.zeros(new Shape(LARGE), DataType.FLOAT32);
      NDArray other = manager.zeros(new Shape(LARGE), DataType.FLOAT32);
      double gemm = best(() -> a.matMul(a).close());
      double copy = best(() -> large.copyTo(other));
      return new Machine(
          processorName(),
          Runtime.getRuntime().availableProcessors(),
          Math.pow(SIDE, 3) / gemm * 1e-9,
          2.0 * Float.BYTES * LARGE / copy * 1e-9);
    }
  }

  /** Seconds. */
  private static double best(Runnable work) {
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < RUNS; i++) {
      long start = System.nanoTime();
      work.run();
      best = Math.min(best, (System.nanoTime() - start) * 1e-9);
    }
    return best;
  }

  private static String processorName() throws IOException {
    Path info = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(info)) {
      return System.getProperty("os.arch");
    }
    return Files.readAllLines(info).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(System.getProperty("os.arch"));
  }
}
