/** The layers that networks are made of, and the context that travels with a forward pass. */
@NullMarked
package dev.fovea.nn;

import org.jspecify.annotations.NullMarked;
