/** The {@code fovea} command: thin commands over the library. */
@NullMarked
package dev.fovea.cli;

import org.jspecify.annotations.NullMarked;
