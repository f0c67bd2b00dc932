package dev.fovea.optimizer.quantize;

/** How the range of a tensor follows from what the samples showed. */
public enum Observer {
  /** The least and the largest element of all samples. */
  MIN_MAX,
  /** The mean over the samples of their least and of their largest element. */
  MEAN,
  /** The mean over the samples of their quantiles 0.0001 and 0.9999. */
  PERCENTILE,
  /**
   * The range with the least mean squared error over all elements of all samples, by a histogram of
   * 2,048 bins: what is cut off, which counts 16 times, against the size of the steps.
   */
  HISTOGRAM
}
