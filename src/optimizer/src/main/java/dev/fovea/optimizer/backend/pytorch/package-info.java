/** The back end that runs a graph with the operations of the DJL engine. */
@NullMarked
package dev.fovea.optimizer.backend.pytorch;

import org.jspecify.annotations.NullMarked;
