package dev.fovea.cli;

import ai.djl.translate.TranslateException;
import dev.fovea.image.ImageDecoder;
import dev.fovea.image.Pixels;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the images of a command in batches; one that cannot be used does not stop the others. */
final class ImageFiles {

  /** Takes a batch, never empty, as many files as images; answers all of them or fails. */
  @FunctionalInterface
  interface Batch {
    void take(List<Path> files, List<Pixels> images) throws IOException, TranslateException;
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

  /** Returns the exit code: 1 if an image could not be read, or was not to the network's liking. */
  int forEachBatch(Batch batch) throws IOException {
    for (int from = 0; from < files.size(); from += size) {
      List<Path> read = new ArrayList<>();
      List<Pixels> images = new ArrayList<>();
      for (Path file : files.subList(from, Math.min(files.size(), from + size))) {
        try {
          images.add(ImageDecoder.DEFAULT.decode(file));
          read.add(file);
        } catch (IOException e) {
          fail(Main.oneLine(e));
        }
      }
      if (!read.isEmpty()) {
        take(batch, read, images);
      }
    }
    if (failures > 0) {
      complain(failures + " of " + files.size() + " images failed");
    }
    return failures == 0 ? 0 : 1;
  }

  /** Images of a batch that fails are tried one by one, to find the one that is to blame. */
  private void take(Batch batch, List<Path> read, List<Pixels> images) throws IOException {
    try {
      batch.take(read, images);
    } catch (TranslateException e) {
      if (read.size() == 1) {
        Exception cause = e.getCause() instanceof Exception inner ? inner : e;
        fail(read.get(0) + ": " + Main.oneLine(cause));
        return;
      }
      for (int i = 0; i < read.size(); i++) {
        take(batch, List.of(read.get(i)), List.of(images.get(i)));
      }
    }
  }

  /** Whether there is nothing to keep. */
  boolean allFailed() {
    return failures == files.size();
  }

  private void fail(String message) {
    failures++;
    complain(message);
  }

  private void complain(String message) {
    complaints.println("fovea: " + message);
    complaints.flush();
  }
}
