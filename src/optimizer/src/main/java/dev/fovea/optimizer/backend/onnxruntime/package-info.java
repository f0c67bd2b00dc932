/** The back end that runs a graph with ONNX Runtime. */
@NullMarked
package dev.fovea.optimizer.backend.onnxruntime;

import org.jspecify.annotations.NullMarked;
