package dev.fovea.optimizer.onnx;

import dev.fovea.optimizer.ir.Graph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A model in a folder of its own, for as long as a run-time reads it: the way in for weights of
 * more than 2 GB, which no run-time takes from memory. The folder is under {@code java.io.tmpdir},
 * and only this user can read it.
 */
public final class TemporaryModel implements AutoCloseable {

  private final Path folder;

  /**
   * Writes a graph.
   *
   * @param writer how
   * @param graph what
   * @throws UncheckedIOException if it cannot be written, such as for want of space
   */
  public TemporaryModel(OnnxWriter writer, Graph graph) {
    try {
      folder = Files.createTempDirectory("fovea");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      writer.write(graph, path());
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(
          "Cannot write a model of more than 2 GB to " + folder + "; set -Djava.io.tmpdir", e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Returns where the model is.
   *
   * @return the ONNX file; its weights may be beside it
   */
  public Path path() {
    return folder.resolve("model.onnx");
  }

  /** Deletes the model; what is still open is deleted when the process ends. */
  @Override
  public void close() {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> paths = files.toList();
      for (Path path : paths) {
        delete(path);
      }
    } catch (IOException e) {
      folder.toFile().deleteOnExit();
    }
    delete(folder);
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      path.toFile().deleteOnExit();
    }
  }
}
