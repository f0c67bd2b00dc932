/** Published weights: safetensors and PyTorch files, naming dialects as data, strict loading. */
@NullMarked
package dev.fovea.weights;

import org.jspecify.annotations.NullMarked;
