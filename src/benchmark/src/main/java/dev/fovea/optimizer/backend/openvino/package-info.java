/** What is measured of OpenVINO's binding itself. */
@NullMarked
package dev.fovea.optimizer.backend.openvino;

import org.jspecify.annotations.NullMarked;
