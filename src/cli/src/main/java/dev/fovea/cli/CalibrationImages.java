package dev.fovea.cli;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.fovea.image.ImageDecoder;
import dev.fovea.image.Preprocess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The images of a folder, as a model is given them. */
final class CalibrationImages {

  private static final List<String> KINDS = List.of(".jpg", ".jpeg", ".png", ".webp", ".bmp");

  private CalibrationImages() {}

  /**
   * Reads images, spread evenly over the folder and what is below it.
   *
   * @param folder the folder
   * @param most number of images at most
   * @param preprocess gives all of them one size
   * @param manager owns the arrays
   * @return each a batch of one
   * @throws IllegalArgumentException if there is no image; names the folder
   * @throws IOException if one cannot be read; names it
   */
  static List<NDList> read(Path folder, int most, Preprocess preprocess, NDManager manager)
      throws IOException {
    List<Path> files = files(folder);
    List<NDList> samples = new ArrayList<>();
    int count = Math.min(most, files.size());
    ProgressBar bar = ProgressBar.onStandardError("reading images");
    for (int i = 0; i < count; i++) {
      Path file = files.get((int) ((long) i * files.size() / count));
      try (NDArray image = preprocess.apply(ImageDecoder.DEFAULT.decode(file), manager);
          NDArray batch = image.expandDims(0)) {
        samples.add(new NDList(batch.duplicate())); // the image may lie on memory of Java's
      }
      bar.update(i + 1, count, String.valueOf(file.getFileName()), null);
    }
    return samples;
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("--calibrate: " + folder + " is no folder");
    }
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> files = all.filter(CalibrationImages::isImage).sorted().toList();
      if (files.isEmpty()) {
        throw new IllegalArgumentException(
            "--calibrate: there is no image in " + folder + ", of " + String.join(" ", KINDS));
      }
      return files;
    }
  }

  private static boolean isImage(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return Files.isRegularFile(file) && KINDS.stream().anyMatch(name::endsWith);
  }
}
