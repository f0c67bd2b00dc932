package dev.fovea.optimizer.quantize;

/** How biases make up for the mean error of a quantized layer. */
public enum BiasCorrection {
  /** Not at all. */
  NONE,
  /**
   * By what the rounding of a layer's own weights moves the mean of its result: (W - W8) E[x]. No
   * further pass over the samples. Nagel et al., Data-Free Quantization, 2019, section 4.2.
   */
  FAST,
  /**
   * By what the mean of its result differs from that of the float graph, measured layer by layer
   * behind the layers that are quantized already. A pass over a fifth of the samples for each
   * layer.
   */
  FULL
}
