package dev.fovea.optimizer;

/**
 * What a network computes in. Its inputs and outputs keep their types in any case.
 *
 * <p>Only {@link #F32} computes what the model does to within rounding; the others are asked for.
 */
public enum Precision {
  /** float32, as the model was trained. */
  F32,
  /** bfloat16 in place of float32: 8 significant bits, for processors that have it. */
  BF16,
  /** float16 in place of float32: 11 significant bits, for processors that have it. */
  F16,
  /**
   * 8-bit integers, for the layers that pay: the graph is quantized on samples of the model's
   * inputs.
   */
  INT8
}
