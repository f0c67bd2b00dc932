/** Metrics that are accumulated over a data set, with the definitions of the reference tools. */
@NullMarked
package dev.fovea.metric;

import org.jspecify.annotations.NullMarked;
