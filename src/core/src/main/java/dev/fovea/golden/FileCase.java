package dev.fovea.golden;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.fovea.weights.WeightFile;
import dev.fovea.weights.WeightsFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A weight file: one in a folder {@code good} must load; one in a folder {@code bad} must be
 * refused with an error that names the file and says why.
 */
final class FileCase {

  private FileCase() {}

  static boolean isCase(Path path) {
    return Files.isRegularFile(path)
        && (liesIn("good", path) || liesIn("bad", path))
        && (path.toString().endsWith(".safetensors") || path.toString().endsWith(".pth"));
  }

  static Outcome run(Path path) {
    boolean good = liesIn("good", path);
    String file = path.getFileName().toString();
    String name = (good ? "good/" : "bad/") + file;
    try {
      load(path);
      return good ? new Outcome.Pass(name, 0) : new Outcome.Fail(name, "was loaded");
    } catch (WeightsFormatException e) {
      String message = GoldenCases.oneLine(e);
      return !good && message.contains(file)
          ? new Outcome.Pass(name, 0)
          : new Outcome.Fail(name, message);
    } catch (IOException | RuntimeException e) {
      return new Outcome.Fail(name, e.getClass().getSimpleName() + ": " + GoldenCases.oneLine(e));
    }
  }

  private static boolean liesIn(String folder, Path path) {
    Path parent = path.toAbsolutePath().normalize().getParent();
    return parent != null && parent.endsWith(folder);
  }

  private static void load(Path path) throws IOException {
    try (WeightFile weights = WeightFile.open(path);
        NDManager manager = NDManager.newBaseManager()) {
      for (String tensor : weights.tensors().keySet()) {
        try (NDArray array = weights.read(manager, tensor)) {
          array.getShape();
        }
      }
    }
  }
}
