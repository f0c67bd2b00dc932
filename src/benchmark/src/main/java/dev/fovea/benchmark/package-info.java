/** Measures the optimizer beside its peers. */
@NullMarked
package dev.fovea.benchmark;

import org.jspecify.annotations.NullMarked;
