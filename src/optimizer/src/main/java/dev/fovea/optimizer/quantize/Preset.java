package dev.fovea.optimizer.quantize;

/** How the 256 steps of an activation lie around 0. The names are NNCF's. */
public enum Preset {
  /** As many steps below 0 as above it, or none below where nothing negative was seen. */
  PERFORMANCE,
  /** Between the least and the largest number: finer where these differ in size. */
  MIXED;

  /** The range that is quantized for what was observed. */
  Range range(Range observed) {
    if (this == MIXED || observed.low() == 0) {
      return observed;
    }
    double bound = Math.max(-observed.low(), observed.high());
    return new Range(-bound * 128 / 127, bound); // 0 is step 128
  }
}
