/** The door: a model in, the same model faster out; and the means to compare the two. */
@NullMarked
package dev.fovea.optimizer;

import org.jspecify.annotations.NullMarked;
