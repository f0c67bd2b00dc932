/** Published weights: the catalogue, the download, and the files of the Hugging Face hub. */
@NullMarked
package dev.fovea.hub;

import org.jspecify.annotations.NullMarked;
