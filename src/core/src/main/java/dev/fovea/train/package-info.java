/** Training: autograd on borrowed parameters, optimizers, schedules and the loop around them. */
@NullMarked
package dev.fovea.train;

import org.jspecify.annotations.NullMarked;
