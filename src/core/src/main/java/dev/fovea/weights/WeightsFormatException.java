package dev.fovea.weights;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A file of weights that is broken, hostile, or not of a kind that can be loaded.
 *
 * <p>The message names the file, the tensor where one is at fault, and the reason. Nothing else is
 * thrown for a file's contents.
 */
public final class WeightsFormatException extends IOException {
  private static final long serialVersionUID = 1;
  private static final int LONGEST = 160;

  /**
   * Creates the exception for a fault of the file as a whole.
   *
   * @param source the file, as {@link Checkpoint#source()} names it
   * @param reason what is wrong
   */
  public WeightsFormatException(String source, String reason) {
    super(source + ": " + reason);
  }

  /**
   * Creates the exception for a fault of one tensor.
   *
   * @param source the file, as {@link Checkpoint#source()} names it
   * @param tensor the tensor's name in the file
   * @param reason what is wrong
   */
  public WeightsFormatException(String source, String tensor, String reason) {
    super(source + ": tensor '" + printable(tensor) + "' " + reason);
  }

  WeightsFormatException(String source, String reason, @Nullable Throwable cause) {
    super(source + ": " + reason, cause);
  }

  /** Names come from the file: a megabyte of control characters must not reach a log. */
  static String printable(String text) {
    String shown = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    return shown.replaceAll("\\p{C}", "?");
  }
}
