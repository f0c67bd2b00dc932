package dev.fovea.cli;

import com.google.gson.JsonObject;
import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/**
 * What a model says of one image.
 *
 * @param text for people, one or several lines
 * @param json for machines
 * @param picture what to store beside the other answers, or null
 */
record Answer(String text, JsonObject json, @Nullable BufferedImage picture) {}
