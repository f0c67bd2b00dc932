/**
 * Rewrites of the graph, one per file: each gives every back end the pattern that it is fast on.
 */
@NullMarked
package dev.fovea.optimizer.rewrite;

import org.jspecify.annotations.NullMarked;
