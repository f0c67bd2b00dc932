/** The front door of the library. */
@NullMarked
package dev.fovea;

import org.jspecify.annotations.NullMarked;
