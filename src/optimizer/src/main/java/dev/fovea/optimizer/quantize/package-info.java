/** Quantization to 8-bit integers after training: what is measured, chosen and reported. */
@NullMarked
package dev.fovea.optimizer.quantize;

import org.jspecify.annotations.NullMarked;
