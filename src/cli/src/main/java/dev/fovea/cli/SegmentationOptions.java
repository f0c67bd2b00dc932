package dev.fovea.cli;

import ai.djl.Model;
import dev.fovea.image.Normalize;
import dev.fovea.image.SegmentationInference;
import java.util.List;
import picocli.CommandLine.Option;

/** How a segmenter goes over an image; see {@link SegmentationInference}. */
final class SegmentationOptions {

  @Option(
      names = "--window",
      paramLabel = "PIXELS",
      description = "segment in windows of this size, as large images are")
  private int window;

  @Option(
      names = "--stride",
      paramLabel = "PIXELS",
      description = "distance of the windows; default: two thirds of --window")
  private int stride;

  @Option(
      names = "--scales",
      split = ",",
      paramLabel = "FACTOR",
      description = "average over the image resized by these factors, such as 0.75,1,1.25")
  private List<Double> scales = List.of();

  @Option(names = "--flip", description = "average over the mirrored image too")
  private boolean flip;

  SegmentationOptions() {}

  boolean given() {
    return window != 0 || stride != 0 || !scales.isEmpty() || flip;
  }

  void refuseFor(Model model) {
    if (given()) {
      throw new IllegalArgumentException(
          "--window, --stride, --scales and --flip are for networks that segment; "
              + model.getName()
              + " does not");
    }
  }

  SegmentationInference inference(Normalize normalize) {
    if (window < 0) {
      throw new IllegalArgumentException("--window is at least 1, not " + window);
    }
    if (stride < 0 || stride > window) {
      throw new IllegalArgumentException(
          "--stride "
              + stride
              + " does not fit --window "
              + window
              + ": give a window, and a stride of 1 to its size");
    }
    int step = stride > 0 ? stride : Math.max(1, window * 2 / 3);
    return SegmentationInference.WHOLE
        .withNormalize(normalize)
        .withWindow(window, window == 0 ? 0 : step)
        .withScales(scales.isEmpty() ? List.of(1.0) : scales)
        .withFlip(flip);
  }
}
