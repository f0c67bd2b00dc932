/** Export of a graph as an ONNX model. */
@NullMarked
package dev.fovea.optimizer.onnx;

import org.jspecify.annotations.NullMarked;
