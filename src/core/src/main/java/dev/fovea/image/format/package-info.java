/** Image files of unknown origin, decoded to the bytes that Pillow makes of them. */
@NullMarked
package dev.fovea.image.format;

import org.jspecify.annotations.NullMarked;
