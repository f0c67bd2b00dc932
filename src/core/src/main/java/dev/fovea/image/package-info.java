/** Images on their way into a network and back: decoding, resizing, normalizing, drawing. */
@NullMarked
package dev.fovea.image;

import org.jspecify.annotations.NullMarked;
