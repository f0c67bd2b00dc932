/** The networks: one file is one paper. */
@NullMarked
package dev.fovea.model;

import org.jspecify.annotations.NullMarked;
