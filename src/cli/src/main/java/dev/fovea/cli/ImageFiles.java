package dev.fovea.cli;

import dev.fovea.image.ImageDecoder;
import dev.fovea.image.Pixels;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the images of a command in batches; one that cannot be read does not stop the others. */
final class ImageFiles {

  /** Takes a batch: never empty, and as many files as images. */
  @FunctionalInterface
  interface Batch {
    void take(List<Path> files, List<Pixels> images) throws IOException;
  }

  private final List<Path> files;
  private final int size;
  private final PrintWriter complaints;
  private int failures;

  ImageFiles(List<Path> files, int size, PrintWriter complaints) {
    if (size < 1) {
      throw new IllegalArgumentException("--batch is at least 1, not " + size);
    }
    this.files = files;
    this.size = size;
    this.complaints = complaints;
  }

  /** Returns the exit code: 1 if an image could not be read. */
  int forEachBatch(Batch batch) throws IOException {
    for (int from = 0; from < files.size(); from += size) {
      List<Path> read = new ArrayList<>();
      List<Pixels> images = new ArrayList<>();
      for (Path file : files.subList(from, Math.min(files.size(), from + size))) {
        try {
          images.add(ImageDecoder.DEFAULT.decode(file));
          read.add(file);
        } catch (IOException e) {
          failures++;
          complain(Main.oneLine(e));
        }
      }
      if (!read.isEmpty()) {
        batch.take(read, images);
      }
    }
    if (failures > 0) {
      complain(failures + " of " + files.size() + " images failed");
    }
    return failures == 0 ? 0 : 1;
  }

  private void complain(String message) {
    complaints.println("fovea: " + message);
    complaints.flush();
  }
}
