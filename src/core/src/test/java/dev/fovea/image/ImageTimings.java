package dev.fovea.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;

/**
 * Times decoding and preprocessing for ImageSpeedTest. A line of the input is "load" and the files,
 * or a task's name, answered with its nanoseconds (over all files once). Ends with the input.
 */
final class ImageTimings {
  /** A step over all images. */
  private interface Task {
    void run() throws IOException;
  }

  private final List<byte[]> files = new ArrayList<>();
  private final List<Pixels> images = new ArrayList<>();
  private long sum;

  private void load(String[] names) throws IOException {
    files.clear();
    images.clear();
    for (String name : names) {
      byte[] bytes = Files.readAllBytes(Path.of(name));
      files.add(bytes);
      images.add(ImageDecoder.DEFAULT.decode(bytes, name));
    }
  }

  /**
   * Answers until the input ends.
   *
   * @param args none
   * @throws IOException if an image cannot be read
   */
  public static void main(String[] args) throws IOException {
    ImageTimings timings = new ImageTimings();
    try (Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8)) {
      while (lines.hasNextLine()) {
        String line = lines.nextLine();
        if (line.startsWith("load ")) {
          timings.load(line.substring(5).split(" "));
          System.out.println(0);
          continue;
        }
        Task task = timings.task(line);
        long start = System.nanoTime();
        task.run();
        System.out.println(System.nanoTime() - start);
      }
    }
    System.err.println(timings.sum);
  }

  private Task task(String name) {
    int size =
        name.replaceAll("\\D", "").isEmpty() ? 0 : Integer.parseInt(name.replaceAll("\\D", ""));
    String step = name.replaceAll("\\d", "").strip().toLowerCase(Locale.ROOT);
    Preprocess preprocess =
        size == 512
            ? Preprocess.exact(512, 512, Resample.BILINEAR)
            : Preprocess.exact(1, 1, Resample.BICUBIC)
                .withResize(ResizeRule.shortestEdge(256))
                .withCrop(java.util.Optional.of(Crop.center(224, 224)));
    return switch (step) {
      case "decode" ->
          () -> {
            for (byte[] file : files) {
              sum += ImageDecoder.DEFAULT.decode(file, "x").rgb()[0];
            }
          };
      case "resize" ->
          () -> {
            for (Pixels image : images) {
              sum += preprocess.fit(image).rgb()[0];
            }
          };
      case "prepare" ->
          () -> {
            for (Pixels image : images) {
              sum += (long) preprocess.normalize().toFloats(preprocess.fit(image))[0];
            }
          };
      case "all" ->
          () -> {
            for (byte[] file : files) {
              Pixels image = ImageDecoder.DEFAULT.decode(file, "x");
              sum += (long) preprocess.normalize().toFloats(preprocess.fit(image))[0];
            }
          };
      default -> throw new IllegalArgumentException(name);
    };
  }
}
