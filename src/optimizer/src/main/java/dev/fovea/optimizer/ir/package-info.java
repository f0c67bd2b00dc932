/** The intermediate representation: an immutable graph of operations, named after ONNX. */
@NullMarked
package dev.fovea.optimizer.ir;

import org.jspecify.annotations.NullMarked;
