package dev.fovea.cli;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the quickstart found: the content of its JSON file and of its page.
 *
 * @param provenance what it was made with: versions, seed, recipe, data
 * @param model the trained network
 * @param training how training went
 * @param iouByClass intersection over union on the held-out images, by class, in percent
 * @param meanIou their mean, in percent
 * @param reload whether the saved weights predict the same
 * @param modes eager and optimized side by side
 * @param rewrites what the optimizer did to the graph
 */
record QuickstartResult(
    Map<String, String> provenance,
    ModelSummary model,
    Training training,
    Map<String, Double> iouByClass,
    double meanIou,
    Reload reload,
    List<Mode> modes,
    List<RewriteSummary> rewrites) {

  /** The network: its name in the registry and its number of trained values. */
  record ModelSummary(String name, long parameters, int width, int height) {}

  /** The loss of every step, and the mean IoU of a few held-out images on the way, in percent. */
  record Training(
      int steps,
      double seconds,
      double imagesPerSecond,
      List<Double> loss,
      Map<Long, Double> meanIou) {}

  /** Saved, loaded again, compared: the largest difference of a logit. */
  record Reload(String file, long bytes, double largestDifference) {}

  /**
   * One way of running the network, batch 1.
   *
   * @param peakMemoryMb growth of the process's memory at its highest; null where it is unknown
   * @param agreement share of pixels with the same class as eager, in percent
   */
  record Mode(
      String name,
      double medianMs,
      double p95Ms,
      double speedUp,
      @Nullable Double peakMemoryMb,
      double meanIou,
      double agreement) {}

  /** How many nodes a rewrite left. */
  record RewriteSummary(String name, int nodesBefore, int nodesAfter) {}
}
