/** Networks that give feature maps, and the registry in which they are found by name. */
@NullMarked
package dev.fovea.backbone;

import org.jspecify.annotations.NullMarked;
