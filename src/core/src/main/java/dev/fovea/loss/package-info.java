/**
 * Losses: one file, one formula, each a plain function of arrays that DJL's trainer can call too.
 */
@NullMarked
package dev.fovea.loss;

import org.jspecify.annotations.NullMarked;
