/** Many predictions at a time: asynchronous, bounded, gathered into batches. */
@NullMarked
package dev.fovea.optimizer.serve;

import org.jspecify.annotations.NullMarked;
