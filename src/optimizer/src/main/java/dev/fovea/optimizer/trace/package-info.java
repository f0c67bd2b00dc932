/** From a DJL block to a graph: runs the block on stand-ins that record what is asked of them. */
@NullMarked
package dev.fovea.optimizer.trace;

import org.jspecify.annotations.NullMarked;
