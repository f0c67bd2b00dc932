/** Data sets, as DJL sees them. */
@NullMarked
package dev.fovea.data;

import org.jspecify.annotations.NullMarked;
