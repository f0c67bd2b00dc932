/** Back ends: each makes a graph into a DJL block that runs it. */
@NullMarked
package dev.fovea.optimizer.backend;

import org.jspecify.annotations.NullMarked;
