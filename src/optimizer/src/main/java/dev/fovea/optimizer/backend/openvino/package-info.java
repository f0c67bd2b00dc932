/** The back end that runs a graph with OpenVINO, through its C interface. */
@NullMarked
package dev.fovea.optimizer.backend.openvino;

import org.jspecify.annotations.NullMarked;
