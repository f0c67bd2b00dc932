package dev.fovea.golden;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds and runs golden cases: folders with a {@code case.json}, an {@code expected.safetensors}
 * and what else the kind needs; and weight files below folders named {@code good} and {@code bad}.
 */
public final class GoldenCases {

  static final String CASE = "case.json";

  private GoldenCases() {}

  /**
   * Finds cases.
   *
   * @param folders where to look, at any depth
   * @return folders of cases, and single weight files, sorted within each folder
   * @throws IOException if a folder is absent, is a file, or cannot be read
   */
  public static List<Path> find(List<Path> folders) throws IOException {
    List<Path> cases = new ArrayList<>();
    for (Path folder : folders) {
      if (!Files.exists(folder)) {
        throw new NoSuchFileException(folder.toString(), null, "no such folder");
      }
      if (!Files.isDirectory(folder)) {
        throw new NotDirectoryException(folder + " is a file; golden cases lie in folders");
      }
      try (Stream<Path> paths = Files.walk(folder)) {
        paths
            .filter(path -> path.endsWith(CASE) || FileCase.isCase(path))
            .map(path -> path.endsWith(CASE) ? path.getParent() : path)
            .sorted()
            .forEach(cases::add);
      }
    }
    return cases;
  }

  /**
   * Runs one case. Whatever goes wrong becomes an outcome.
   *
   * @param path one of the paths that {@link #find} gives
   * @return what became of it
   */
  public static Outcome run(Path path) {
    String name = path.toAbsolutePath().normalize().getFileName().toString();
    if (!Files.isDirectory(path)) {
      return FileCase.run(path);
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      JsonObject json =
          JsonParser.parseString(Files.readString(path.resolve(CASE))).getAsJsonObject();
      double error;
      if (RecipeCase.isCase(json)) {
        error = RecipeCase.run(path, json, manager);
      } else if (json.has("model")) {
        error = ModelCase.run(path, json, manager);
      } else if (json.has("loss")) {
        error = LossCase.run(path, json, manager);
      } else if (json.has("ignore_index") && json.has("classes")) {
        error = SegmentationMetricCase.run(path, json, manager);
      } else if (PreprocessCase.isCase(json)) {
        error = PreprocessCase.run(path, json, manager);
      } else if (OptimizerCase.isCase(json)) {
        error = OptimizerCase.run(path, json, manager);
      } else if (ScheduleCase.isCase(json)) {
        error = ScheduleCase.run(path, json, manager);
      } else {
        throw new Unsupported("case.json has the keys " + String.join(", ", json.keySet()));
      }
      return new Outcome.Pass(name, error);
    } catch (Unsupported e) {
      return new Outcome.Skip(name, oneLine(e));
    } catch (Expected.Mismatch | IOException | JsonParseException | IllegalStateException e) {
      return new Outcome.Fail(name, oneLine(e));
    } catch (RuntimeException e) {
      return new Outcome.Fail(name, e.getClass().getSimpleName() + ": " + oneLine(e));
    }
  }

  static String oneLine(Exception e) {
    return String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", "; ");
  }

  /** A kind of case that this version does not know; the message says which. */
  static final class Unsupported extends Exception {
    private static final long serialVersionUID = 1L;

    Unsupported(String message) {
      super(message);
    }
  }
}
