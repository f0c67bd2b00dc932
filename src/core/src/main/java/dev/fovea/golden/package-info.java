/** Golden cases: folders that say what to compute and what the reference implementation got. */
@NullMarked
package dev.fovea.golden;

import org.jspecify.annotations.NullMarked;
