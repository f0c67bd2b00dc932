package dev.fovea.optimizer.quantize;

/**
 * The numbers that 256 steps have to cover. It always contains 0, which is represented exactly.
 *
 * @param low the least number, 0 or less
 * @param high the largest number, 0 or more
 */
public record Range(double low, double high) {

  /** Steps between the least and the largest integer. */
  static final double STEPS = 255;

  private static final double LEAST_SPAN = 1e-6;

  /**
   * Widens the range to contain 0.
   *
   * @param low the least number
   * @param high the largest number
   * @throws IllegalArgumentException if a bound is not finite
   */
  public Range {
    if (!Double.isFinite(low) || !Double.isFinite(high)) {
      throw new IllegalArgumentException(
          "A range has finite bounds, got " + low + " to " + high + ": check the samples");
    }
    low = Math.min(low, 0);
    high = Math.max(Math.max(high, 0), low + LEAST_SPAN);
  }

  /**
   * Returns the step between two numbers of uint8, wide enough that both bounds are covered
   * although 0 is a step of its own.
   *
   * @return the scale of an asymmetric quantization
   */
  public float scale() {
    int zero = zeroPoint();
    double below = zero == 0 ? 0 : -low / zero;
    double above = zero == STEPS ? 0 : high / (STEPS - zero);
    return (float) Math.max(below, above);
  }

  /**
   * Returns the number that stands for 0.
   *
   * @return 0 to 255
   */
  public int zeroPoint() {
    return (int) Math.round(-low * STEPS / (high - low));
  }
}
